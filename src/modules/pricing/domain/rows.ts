import type { PricingSettings, Promotion, ShippingMethod, TariffBody, TaxRate } from './tariff.js';

/** What every row that a tariff is compiled from has. */
export interface Versioned {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type TaxRateRow = Versioned &
  Omit<TaxRate, 'validFrom' | 'validTo'> & { readonly validFrom: Date; readonly validTo: Date | null };

export type ShippingMethodRow = Versioned & ShippingMethod & { readonly active: boolean };

/** Limits are kept as allowances, not here. */
export type PromotionRow = Versioned &
  Omit<Promotion, 'startsAt' | 'endsAt' | 'maxUses' | 'maxUsesPerCustomer'> & {
    readonly startsAt: Date;
    readonly endsAt: Date | null;
    readonly active: boolean;
  };

/** The rows of each kind, by the name that messages and events use. */
export interface RowsByKind {
  readonly 'tax-rate': TaxRateRow;
  readonly 'shipping-method': ShippingMethodRow;
  readonly promotion: PromotionRow;
}
export type RowKind = keyof RowsByKind;
/** What is given when one is made. */
export type Draft<Kind extends RowKind> = Omit<RowsByKind[Kind], keyof Versioned>;

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

/** The tariff that these rows make. What is not active, or over, is left out. */
export function compile(
  settings: PricingSettings,
  rates: readonly TaxRateRow[],
  methods: readonly ShippingMethodRow[],
  promotions: readonly PromotionRow[],
  now: Date,
): TariffBody {
  const isOver = (end: Date | null) => end !== null && end <= now;
  return {
    settings,
    taxRates: rates
      .filter(({ validTo }) => !isOver(validTo))
      .sort(byId)
      .map(({ version: _version, createdAt: _createdAt, updatedAt: _updatedAt, validFrom, validTo, ...rate }) => ({
        ...rate,
        validFrom: validFrom.toISOString(),
        validTo: validTo?.toISOString() ?? null,
      })),
    shippingMethods: methods
      .filter(({ active }) => active)
      .sort(byId)
      .map(({ code, name, taxClass, prices, areas }) => ({ code, name, taxClass, prices, areas })),
    promotions: promotions
      .filter(({ active, endsAt }) => active && !isOver(endsAt))
      .sort(byId)
      .map(
        ({
          version: _version,
          createdAt: _createdAt,
          updatedAt: _updatedAt,
          active: _active,
          startsAt,
          endsAt,
          ...promotion
        }) => ({
          ...promotion,
          maxUses: null,
          maxUsesPerCustomer: null,
          startsAt: startsAt.toISOString(),
          endsAt: endsAt?.toISOString() ?? null,
        }),
      ),
  };
}
