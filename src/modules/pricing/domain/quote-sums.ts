import { MAX_AMOUNT } from '#kernel/money.js';
import type { OpenLine } from './promotions.js';
import type {
  AppliedDiscount,
  Hint,
  PricedLine,
  Quote,
  QuoteProblem,
  QuoteRequest,
  ShippingLine,
} from './quote-types.js';
import type { CurrencySettings } from './tariff.js';
import { taxLinesOf, type PlaceRates, type TaxBase, type TaxedBase } from './taxes.js';

/** Everything that was worked out, before it is added up. */
export interface Worked {
  readonly tariffVersion: number;
  readonly request: QuoteRequest;
  readonly settings: CurrencySettings;
  readonly lines: readonly OpenLine[];
  readonly rates: readonly PlaceRates[];
  readonly bases: readonly TaxedBase[];
  readonly discounts: readonly AppliedDiscount[];
  readonly shipping: { code: string; name: string; price: number; discount: number } | null;
  readonly options: Quote['shippingOptions'];
  readonly hints: readonly Hint[];
  readonly problems: readonly QuoteProblem[];
  readonly taxEstimated: boolean;
}

export function summed({ tariffVersion, request, settings, bases, shipping, ...worked }: Worked): Quote {
  const taxFor = (owner: TaxBase['owner']) =>
    bases.reduce((sum, base) => sum + (base.owner === owner ? base.tax : 0), 0);
  const lines = worked.lines.map(({ unitPrice, total, rest }, i): PricedLine => ({
    unitPrice,
    total,
    discount: total - rest,
    tax: taxFor(i),
    ratePpm: worked.rates[i]!.ppm,
  }));
  const sumOf = (read: (line: PricedLine) => number) => lines.reduce((sum, line) => sum + read(line), 0);
  const shippingBases = bases.filter(({ owner }) => owner === 'shipping');
  const shippingLine: ShippingLine | null = shipping && {
    code: shipping.code,
    name: shipping.name,
    price: shipping.price,
    discount: shipping.discount,
    tax: taxFor('shipping'),
    ratePpm: shippingBases.length === 1 ? shippingBases[0]!.at.ppm : null,
  };
  const [subtotal, discount] = [sumOf(({ total }) => total), sumOf((line) => line.discount)];
  const shippingPrice = shippingLine ? shippingLine.price - shippingLine.discount : 0;
  const tax = sumOf((line) => line.tax) + (shippingLine?.tax ?? 0);
  const total = subtotal - discount + shippingPrice + (settings.pricesIncludeTax ? 0 : tax);
  return {
    tariffVersion,
    currency: request.currency,
    lines,
    subtotal,
    discount,
    shipping: shippingPrice,
    tax,
    taxIncluded: settings.pricesIncludeTax,
    total,
    taxLines: taxLinesOf(bases, settings.pricesIncludeTax),
    discounts: worked.discounts,
    shippingLine,
    shippingOptions: worked.options.map(({ code, name, price }) => ({ code, name, price })),
    hints: worked.hints,
    problems: [...worked.problems, ...tooLarge(lines, subtotal, total)],
    taxEstimated: worked.taxEstimated,
  };
}

function tooLarge(lines: readonly PricedLine[], ...sums: readonly number[]): QuoteProblem[] {
  const largest = Math.max(...sums, ...lines.map(({ total }) => total));
  return largest > MAX_AMOUNT
    ? [{ code: 'order-too-large', pointer: '#/items', detail: `it would cost ${largest}` }]
    : [];
}

/** In a currency that the tariff does not know, the catalog price is all. */
