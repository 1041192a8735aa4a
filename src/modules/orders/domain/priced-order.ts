import type { JsonObject } from '#kernel/json.js';
import { quotedItem, type GivenCode, type Quote, type Tariff } from '#modules/pricing/contract.js';
import type { BatchStock } from './batch-stock.js';
import { CannotBePriced, CouponNotApplicable, OrderTooLarge, TotalChanged } from './errors.js';
import type { Order } from './order.js';

interface PricedRequest {
  readonly customerId: string | null;
  readonly shippingAddress: JsonObject | null;
  readonly shippingMethod: string | null;
  readonly couponCodes: readonly string[];
  readonly expectedTotal: number | null;
}

type Priced = Pick<
  Order,
  'items' | 'subtotal' | 'discount' | 'tax' | 'taxIncluded' | 'shipping' | 'total' | 'tariffVersion' | 'pricing'
>;

/**
 * What an order costs under the tariff of its batch, with the part of each line.
 * @throws CannotBePriced, CouponNotApplicable, OrderTooLarge, TotalChanged
 */
export function price(
  lines: readonly { readonly productId: string; readonly quantity: number }[],
  currency: string,
  request: PricedRequest,
  { stock, tariff, codes }: { stock: BatchStock; tariff: Tariff; codes: ReadonlyMap<string, GivenCode> },
  now: Date,
): Priced {
  const products = lines.map(({ productId }) => stock.find(productId)!);
  const inputs = lines.map(({ quantity }, i) => quotedItem(products[i]!, quantity));
  const { customerId, shippingAddress, shippingMethod, couponCodes, expectedTotal } = request;
  const quote = tariff.quote(
    {
      currency,
      items: inputs,
      address: shippingAddress,
      shippingMethod,
      customerId,
      isFirstOrder: false,
      taxExempt: null,
    },
    couponCodes.map((code) => codes.get(code) ?? { code, promotionId: null }),
    now,
  );
  assertSound(quote);
  if (expectedTotal !== null && expectedTotal !== quote.total) throw new TotalChanged(expectedTotal, quote);
  const items = lines.map(({ productId, quantity }, i) => {
    const { sku, name } = products[i]!;
    return { productId, sku, name, quantity, ...quote.lines[i]! };
  });
  const { subtotal, discount, tax, taxIncluded, shipping, total, tariffVersion, taxLines, discounts, shippingLine } =
    quote;
  const isPlain = taxLines.length === 0 && discounts.length === 0 && shippingLine === null;
  const pricing = isPlain
    ? null
    : {
        taxLines,
        discounts,
        shippingLine,
        inputs: inputs.map(({ unitPrice, taxClass, weightG, requiresShipping }) => ({
          unitPrice,
          taxClass,
          weightG,
          requiresShipping,
        })),
      };
  return { items, subtotal, discount, tax, taxIncluded, shipping, total, tariffVersion, pricing };
}

/** The first problem decides how the order is refused; all of its kind are told. */
function assertSound({ problems }: Quote): void {
  const [first] = problems;
  if (!first) return;
  if (first.code === 'order-too-large') throw new OrderTooLarge(`The order is too large: ${first.detail}.`);
  const alike = problems.filter(({ code }) => code === first.code).map(({ code: _code, ...item }) => item);
  throw first.code === 'coupon-not-applicable' ? new CouponNotApplicable(alike) : new CannotBePriced(first.code, alike);
}
