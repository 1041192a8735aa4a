import { isWithin, type Destination } from './destination.js';
import type { Hint, QuoteProblem, ShippingOption } from './quote-types.js';
import type { ShippingMethod, ShippingPrice } from './tariff.js';

/** What a shipping price depends on. */
export interface Parcel {
  readonly currency: string;
  /** Null while it is not known: only what is offered everywhere can be offered. */
  readonly to: Destination | null;
  readonly weightG: number;
  /** After discounts, minor units. */
  readonly goods: number;
}

function fits({ currency, minWeightG = 0, maxWeightG = Infinity }: ShippingPrice, parcel: Parcel): boolean {
  return currency === parcel.currency && minWeightG <= parcel.weightG && parcel.weightG <= maxWeightG;
}

/** Of the prices that fit, the one for the most goods; of those the lowest. */
function priceOf({ prices, areas }: ShippingMethod, parcel: Parcel): number | null {
  if (areas !== '*' && !(parcel.to && areas.some((area) => isWithin(area, parcel.to!)))) return null;
  const [best] = prices
    .filter((price) => fits(price, parcel) && (price.minGoods ?? 0) <= parcel.goods)
    .sort((a, b) => (b.minGoods ?? 0) - (a.minGoods ?? 0) || a.price - b.price);
  return best?.price ?? null;
}

/** The methods that can be chosen, the cheapest first. */
export function shippingOptions(
  methods: readonly ShippingMethod[],
  parcel: Parcel,
): (ShippingOption & { taxClass: string })[] {
  return methods
    .flatMap((method) => {
      const price = priceOf(method, parcel);
      return price === null ? [] : [{ code: method.code, name: method.name, price, taxClass: method.taxClass }];
    })
    .sort((a, b) => a.price - b.price || (a.code < b.code ? -1 : 1));
}

/** How far it is to shipping that costs nothing. */
export function shippingHints(methods: readonly ShippingMethod[], parcel: Parcel): Hint[] {
  return methods.flatMap((method): Hint[] => {
    const price = priceOf(method, parcel);
    if (price === null || price === 0) return [];
    const free = method.prices
      .filter((row) => fits(row, parcel) && row.price === 0 && (row.minGoods ?? 0) > parcel.goods)
      .sort((a, b) => a.minGoods! - b.minGoods!)[0];
    return free
      ? [{ shippingMethod: method.code, freeFrom: free.minGoods!, missing: free.minGoods! - parcel.goods }]
      : [];
  });
}

export function methodProblem(chosen: string | null, options: readonly ShippingOption[]): QuoteProblem {
  const offered = options.map(({ code, name, price }) => ({ code, name, price }));
  return chosen === null
    ? {
        code: 'shipping-method-required',
        pointer: '#/shippingMethod',
        detail: 'choose a shipping method',
        options: offered,
      }
    : {
        code: 'shipping-method-not-available',
        pointer: '#/shippingMethod',
        detail: `${chosen} is not offered for these goods and this address`,
        options: offered,
      };
}
