/** The whole rate book of a shop at one moment: numbered, immutable, compiled from rates, methods and promotions. */
export interface TariffBody {
  readonly settings: PricingSettings;
  readonly taxRates: readonly TaxRate[];
  readonly shippingMethods: readonly ShippingMethod[];
  readonly promotions: readonly Promotion[];
}

export interface PricingSettings {
  /** Where the shop is: its rates apply while no address is known, and to what is not shipped. */
  readonly home: { readonly country: string; readonly region: string | null };
  /** By ISO 4217 code. What is sold in other currencies is neither taxed nor charged shipping. */
  readonly currencies: Readonly<Record<string, CurrencySettings>>;
  readonly shippingTax: 'class' | 'proportional';
  /** What happens where no rate matches: a rate of zero that says so, or a refusal. */
  readonly unknownDestination: 'untaxed' | 'refuse';
}

export interface CurrencySettings {
  readonly pricesIncludeTax: boolean;
  readonly rounding: 'line' | 'total';
  /** Across a border: what the buyer pays stays the same, or what the shop gets. Only where prices include tax. */
  readonly crossBorder: 'keep-gross' | 'keep-net';
}

export interface TaxRate {
  readonly id: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** A state or province, as `state` of the address; null for the whole country. */
  readonly region: string | null;
  readonly taxClass: string;
  readonly name: string;
  /** Parts per million: 190000 is 19 %. */
  readonly ratePpm: number;
  /** RFC 3339. */
  readonly validFrom: string;
  readonly validTo: string | null;
}

export interface ShippingPrice {
  readonly currency: string;
  /** Grams. */
  readonly minWeightG?: number | undefined;
  readonly maxWeightG?: number | undefined;
  /** Goods after discounts, minor units. */
  readonly minGoods?: number | undefined;
  readonly price: number;
}

export interface ShippingArea {
  readonly country: string;
  readonly regions?: readonly string[] | undefined;
  readonly zipPrefixes?: readonly string[] | undefined;
}

export interface ShippingMethod {
  readonly code: string;
  readonly name: string;
  readonly taxClass: string;
  readonly prices: readonly ShippingPrice[];
  /** Where it is offered; `*` is everywhere. */
  readonly areas: readonly ShippingArea[] | '*';
}

export const promotionKinds = ['percentage', 'fixed', 'free-shipping', 'fixed-price', 'buy-x-get-y'] as const;
export type PromotionKind = (typeof promotionKinds)[number];
export const promotionTargets = ['order', 'products', 'categories', 'shipping'] as const;
export type PromotionTarget = (typeof promotionTargets)[number];
export const promotionClasses = ['line', 'order', 'shipping'] as const;
export type PromotionClass = (typeof promotionClasses)[number];

export interface PromotionConditions {
  /** Goods before discounts, by currency. */
  readonly minGoods?: Readonly<Record<string, number>> | undefined;
  /** Units that take part. */
  readonly minQuantity?: number | undefined;
  readonly customerIds?: readonly string[] | undefined;
  readonly firstOrder?: boolean | undefined;
}

export interface Promotion {
  readonly id: string;
  readonly name: string;
  readonly kind: PromotionKind;
  /** Of a percentage, in parts per million. */
  readonly valuePpm: number | null;
  /** Of `fixed` and `fixed-price`, by currency. */
  readonly amounts: Readonly<Record<string, number>>;
  readonly buyX: number | null;
  readonly getY: number | null;
  /** How often `buy-x-get-y` counts in one order; null for no limit. */
  readonly maxTimes: number | null;
  readonly target: PromotionTarget;
  readonly productIds: readonly string[];
  readonly categoryIds: readonly string[];
  readonly conditions: PromotionConditions;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string | null;
  /** Higher first. */
  readonly priority: number;
  /** Classes with which it may stand in one order; within its own class it stands alone unless both name it. */
  readonly combines: readonly PromotionClass[];
  readonly needsCode: boolean;
  readonly maxUses: number | null;
  readonly maxUsesPerCustomer: number | null;
}

export function classOf({ kind, target }: Pick<Promotion, 'kind' | 'target'>): PromotionClass {
  if (kind === 'free-shipping' || target === 'shipping') return 'shipping';
  return target === 'order' && kind !== 'fixed-price' && kind !== 'buy-x-get-y' ? 'order' : 'line';
}

/** Nothing is configured: no tax, no shipping, no discounts, no refusals. */
export const EMPTY_TARIFF: TariffBody = {
  settings: {
    home: { country: 'US', region: null },
    currencies: {},
    shippingTax: 'class',
    unknownDestination: 'untaxed',
  },
  taxRates: [],
  shippingMethods: [],
  promotions: [],
};
