import type { Tx } from '#ports/tx.js';
import type { Tariff } from './domain/quote.js';
import type { GivenCode } from './domain/quote-types.js';

export { AppliedDiscountAnswer, ShippingLineAnswer, TaxLineAnswer } from './api/priced.dto.js';
export type { Tariff } from './domain/quote.js';
export type {
  AppliedDiscount,
  GivenCode,
  Quote,
  QuotedItem,
  QuoteProblem,
  QuoteRequest,
  ShippingLine,
  TaxLine,
} from './domain/quote-types.js';
export { couponCodesOf, MAX_CODES } from './domain/coupon-code.js';
export { quotedItem, quotedLine } from './domain/quoted-item.js';

/** The tariff in force. */
export abstract class Tariffs {
  /**
   * For placing orders: the tariff whose number is in force when this transaction asks. One that was published before the
   * transaction began is never missed. Issues its statement before it waits.
   */
  abstract current(tx: Tx): Promise<Tariff>;
  /** One of a number; null when there is none. */
  abstract at(version: number): Promise<Tariff | null>;
  /** For what is only shown. */
  abstract latest(): Promise<Tariff>;
}

/** Coupon codes and the promotions that they belong to. */
export abstract class Coupons {
  /** As they were given; one that is unknown or not active belongs to no promotion. Issues its statement before it waits. */
  abstract find(tx: Tx | null, codes: readonly string[]): Promise<GivenCode[]>;
}
