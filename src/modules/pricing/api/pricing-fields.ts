import { applyDecorators } from '@nestjs/common';
import { IsInt, Matches, Max, Min, registerDecorator } from 'class-validator';
import { currencyCode, MAX_AMOUNT } from '#kernel/money.js';
import { AsSent } from '#platform/http/fields.js';
import { TAX_CLASS } from '#modules/products/contract.js';

export const TaxClass = () =>
  Matches(TAX_CLASS, { message: '$property must be lower-case letters, digits and hyphens' });
/** ISO 3166-1 alpha-2, in upper case. */
export const IsCountry = (options: { each?: boolean } = {}) =>
  Matches(/^[A-Z]{2}$/, { ...options, message: '$property must be an ISO 3166-1 code such as DE' });
/** Parts per million. */
export const IsPpm = (min = 0) => applyDecorators(IsInt(), Min(min), Max(1_000_000));

/** An object of amounts by ISO 4217 code, such as `{"EUR": 500}`. */
export function IsAmounts(): PropertyDecorator {
  const asSent = AsSent();
  return (target, property) => {
    asSent(target, property);
    registerDecorator({
      name: 'isAmounts',
      target: target.constructor,
      propertyName: property as string,
      options: { message: '$property must hold amounts in minor units by currency, such as {"EUR": 500}' },
      validator: { validate: isAmounts },
    });
  };
}

function isAmounts(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= 50 &&
    entries.every(
      ([code, amount]) =>
        currencyCode(code) === code && Number.isInteger(amount) && amount >= 1 && amount <= MAX_AMOUNT,
    )
  );
}
