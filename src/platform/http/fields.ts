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
  return (target, property) => {
    registerDecorator({
      name: 'isFreeObject',
      target: target.constructor,
      propertyName: property as string,
      options: { message: `$property must be a JSON object of at most ${maxBytes} bytes` },
      validator: {
        validate: (value: unknown) =>
          value !== null && typeof value === 'object' && !Array.isArray(value) && Buffer.byteLength(JSON.stringify(value)) <= maxBytes,
      },
    });
  };
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
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value));
}

export function QueryBoolean(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
}
