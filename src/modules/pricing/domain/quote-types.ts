import type { PromotionClass } from './tariff.js';

/** What is priced: everything that a price depends on. */
export interface QuoteRequest {
  readonly currency: string;
  readonly items: readonly QuotedItem[];
  /** Free, apart from `country` (ISO 3166-1 alpha-2), `state` and `zipCode`. */
  readonly address: { readonly country?: unknown; readonly state?: unknown; readonly zipCode?: unknown } | null;
  /** Code of the method that was chosen. */
  readonly shippingMethod: string | null;
  readonly customerId: string | null;
  /** Whether the customer has no order yet; asked for only when a promotion depends on it. */
  readonly isFirstOrder: boolean;
  readonly taxExempt: { readonly reason: string; readonly id?: string | undefined } | null;
}

export interface QuotedItem {
  /** Null for a line without a product. */
  readonly productId: string | null;
  readonly quantity: number;
  /** Of the catalog, minor units. */
  readonly unitPrice: number;
  readonly taxClass: string;
  readonly weightG: number;
  readonly requiresShipping: boolean;
  readonly categoryIds: readonly string[];
}

/** A code that the buyer has given, with the promotion that it belongs to. */
export interface GivenCode {
  readonly code: string;
  readonly promotionId: string | null;
}

export interface PricedLine {
  readonly unitPrice: number;
  /** Unit price times quantity, before discounts. */
  readonly total: number;
  readonly discount: number;
  readonly tax: number;
  /** All rates of the line together. */
  readonly ratePpm: number;
}

export interface TaxLine {
  readonly name: string;
  readonly country: string;
  readonly region: string | null;
  readonly taxClass: string;
  readonly ratePpm: number;
  /** What was taxed, without the tax. */
  readonly net: number;
  readonly amount: number;
  /** Why nothing was charged. */
  readonly reason?: string | undefined;
}

export interface AppliedDiscount {
  readonly promotionId: string;
  readonly name: string;
  readonly code: string | null;
  readonly class: PromotionClass;
  readonly amount: number;
  /** The part of each line, in their order; of shipping promotions all zero. */
  readonly lines: readonly number[];
}

export interface ShippingLine {
  readonly code: string;
  readonly name: string;
  /** Before its discount. */
  readonly price: number;
  readonly discount: number;
  readonly tax: number;
  /** Null where it was taxed in parts, at the rates of the lines. */
  readonly ratePpm: number | null;
}

export interface ShippingOption {
  readonly code: string;
  readonly name: string;
  readonly price: number;
}

/** What is missing to a benefit that applies by itself. */
export type Hint =
  | {
      readonly promotion: { readonly id: string; readonly name: string };
      readonly needs: { readonly minGoods: number; readonly missing: number };
    }
  | { readonly shippingMethod: string; readonly freeFrom: number; readonly missing: number };

/** Why the goods cannot be ordered like this; the same codes as those of refused orders. */
export interface QuoteProblem {
  readonly code:
    | 'shipping-method-required'
    | 'shipping-method-not-available'
    | 'address-incomplete'
    | 'destination-not-served'
    | 'coupon-not-applicable'
    | 'order-too-large';
  readonly pointer: string;
  readonly detail: string;
  readonly [more: string]: unknown;
}

export interface Quote {
  readonly tariffVersion: number;
  readonly currency: string;
  readonly lines: readonly PricedLine[];
  readonly subtotal: number;
  /** Of the goods; the discount on shipping is on its line. */
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly taxIncluded: boolean;
  readonly total: number;
  readonly taxLines: readonly TaxLine[];
  readonly discounts: readonly AppliedDiscount[];
  readonly shippingLine: ShippingLine | null;
  readonly shippingOptions: readonly ShippingOption[];
  readonly hints: readonly Hint[];
  readonly problems: readonly QuoteProblem[];
  /** Whether the tax is that of the shop's home, because no address is known. */
  readonly taxEstimated: boolean;
}
