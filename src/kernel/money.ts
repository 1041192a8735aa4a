import { currencies } from './currencies.js';

/** The largest single amount, in minor units. Sums of such amounts over an order stay below 2^53. */
export const MAX_AMOUNT = 999_999_999_999;

/** An ISO 4217 code in any case, as its canonical upper-case spelling; null when there is no such currency. */
export function currencyCode(text: string): string | null {
  const code = text.toUpperCase();
  return currencies.has(code) ? code : null;
}

/** An amount in the minor unit of a currency: 2999 and USD is 29.99 USD, 500 and JPY is 500 yen. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** Adds amounts of one currency. A sum that is no longer exact is a bug of the caller's bounds, never rounded. */
export function sum(amounts: Iterable<number>): number {
  let total = 0;
  for (const amount of amounts) total += amount;
  if (!Number.isSafeInteger(total)) throw new RangeError('A sum of money left the range of exact integers');
  return total;
}

/** The number of decimals of a currency's major unit: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217). */
export function decimalsOf(currency: string): number {
  return currencies.get(currency) ?? 2;
}

/** An amount in the major unit, as a decimal: 1999 and USD is 19.99. Exact up to 15 digits, which is more than amounts have. */
export function majorOf({ amount, currency }: Money): number {
  return Number(decimalText(amount, decimalsOf(currency)));
}

/**
 * A decimal in the major unit, or the text of one, in minor units: 19.99 and USD is 1999. Null for what is none, or has more
 * decimals than the currency.
 */
export function minorOf(major: unknown, currency: string): number | null {
  const text = typeof major === 'number' ? String(major) : typeof major === 'string' ? major.trim() : '';
  const [, whole, fraction = ''] = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text) ?? [];
  const decimals = decimalsOf(currency);
  const kept = fraction.replace(/0+$/, '');
  if (whole === undefined || kept.length > decimals) return null;
  const amount = Number(whole + kept.padEnd(decimals, '0'));
  return Number.isSafeInteger(amount) ? amount : null;
}

/** Money as a text for people: `42.00 USD`, `500 JPY`. */
export function moneyText({ amount, currency }: Money): string {
  return `${decimalText(amount, decimalsOf(currency))} ${currency}`;
}

function decimalText(amount: number, decimals: number): string {
  const digits = String(Math.abs(amount)).padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return amount < 0 ? `-${text}` : text;
}
