import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min, registerDecorator, ValidateBy, ValidateIf } from 'class-validator';
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

/** A JSON object of the caller's own, bounded in size; kept and given back as it is. */
export function IsFreeObject(maxBytes = 16_384): PropertyDecorator {
  // Taken from the body as it was sent: class-transformer would drop members that are named like an object's own methods.
  const asSent = Transform(({ obj, key }: { obj: Record<string, unknown>; key: string }) => obj[key]);
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
      validate: (value) =>
        typeof value === 'string' &&
        /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(value) &&
        !Number.isNaN(Date.parse(value)),
      defaultMessage: () => '$property must be an RFC 3339 timestamp such as 2026-01-31T12:00:00Z',
    },
  });
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
