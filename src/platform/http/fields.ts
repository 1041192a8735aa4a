import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, Min, registerDecorator, ValidateBy, ValidateIf } from 'class-validator';
import { isEmail, normalizeEmail } from '#kernel/email.js';
import { codePoints, nameOf } from '#kernel/texts.js';
import { currencyCode, MAX_AMOUNT } from '#kernel/money.js';

/** An amount in minor units, at least `min`. */
export function IsAmount(min = 1): PropertyDecorator {
  return applyDecorators(IsInt(), Min(min), Max(MAX_AMOUNT));
}

/** An ISO 4217 code in any case; handed on in upper case. */
export function IsCurrency(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? (currencyCode(value) ?? value) : value)),
    ValidateBy({
      name: 'isCurrency',
      validator: {
        validate: (value) => typeof value === 'string' && currencyCode(value) === value,
        defaultMessage: () => '$property must be an ISO 4217 currency code such as USD',
      },
    }),
  );
}

export function IsEmailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isEmailAddress',
    validator: {
      validate: (value) => typeof value === 'string' && isEmail(normalizeEmail(value)),
      defaultMessage: () => '$property must be an email address',
    },
  });
}

/** Taken from the body as it was sent: class-transformer would drop members that are named like an object's own methods. */
export function AsSent(): PropertyDecorator {
  return Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]);
}

/** A JSON object of the caller's own, bounded in size; kept and given back as it is. */
export function IsFreeObject(maxBytes = 16_384): PropertyDecorator {
  const asSent = AsSent();
  return (target, property) => {
    asSent(target, property);
    registerDecorator({
      name: 'isFreeObject',
      target: target.constructor,
      propertyName: property as string,
      options: { message: `$property must be a JSON object of at most ${maxBytes} bytes` },
      validator: {
        validate: (value: unknown) =>
          value !== null &&
          typeof value === 'object' &&
          !Array.isArray(value) &&
          Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
      },
    });
  };
}

/** RFC 3339, with a time zone. */
export function IsTimestamp(): PropertyDecorator {
  return ValidateBy({
    name: 'isTimestamp',
    validator: {
      validate: (value) => typeof value === 'string' && isTimestamp(value),
      defaultMessage: () => '$property must be an RFC 3339 timestamp such as 2026-01-31T12:00:00Z',
    },
  });
}

const timestamp = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|[+-](\d\d):(\d\d))$/;

/** Whether there is such a time: no February 30, no hour 24, no leap second, which no clock here has. */
function isTimestamp(text: string): boolean {
  const parts = timestamp.exec(text);
  if (!parts) return false;
  const [year, month, day, hour, minute, second, offsetHour = 0, offsetMinute = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(2000, month! - 1, day));
  date.setUTCFullYear(year!, month! - 1, day);
  const isDate = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day;
  return isDate && hour! < 24 && minute! < 60 && second! < 60 && offsetHour < 24 && offsetMinute < 60;
}

/** A text of so many code points: what the database counts, too. */
export function Length(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'length',
    validator: {
      validate: (value) => typeof value === 'string' && hasLength(value, min, max),
      defaultMessage: () => `$property must have ${min === max ? min : `${min} to ${max}`} characters`,
    },
  });
}

export function MaxLength(max: number): PropertyDecorator {
  return ValidateBy({
    name: 'maxLength',
    validator: {
      validate: (value) => typeof value === 'string' && hasLength(value, 0, max),
      defaultMessage: () => `$property must have at most ${max} characters`,
    },
  });
}

function hasLength(text: string, min: number, max: number): boolean {
  if (text.length > 2 * max) return false;
  const length = codePoints(text);
  return length >= min && length <= max;
}

/** A letter, a digit, a sign: something that can be seen. */
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * A name or a code: composed (NFC) and without spaces around it, so that what looks the same is the same, and not blank.
 */
export function IsName(max: number): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? nameOf(value) : value)),
    ValidateBy({
      name: 'isName',
      validator: {
        validate: (value) => typeof value === 'string' && visible.test(value),
        defaultMessage: () => '$property must not be blank',
      },
    }),
    Length(1, max),
    IsString(),
  );
}

/** Absent is fine, null is not: unlike class-validator's IsOptional, which lets null pass unseen. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** Absent and null are fine; null clears. */
export function MayBeNull(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined && value !== null);
}

/** A text of a query as a whole number, or as it is when it is none, for the validator to refuse. */
export function QueryInteger(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  );
}

export function QueryBoolean(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
}

/** The members that were sent; class fields that were not are there as undefined. */
export function sent<T extends object>(body: T): Partial<T> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<T>;
}
