import { quotedLine, type Quote, type Tariff } from '#modules/pricing/contract.js';
import type { Order } from './order.js';

/** One step from the catalog to the total. Amounts that lower the price are negative; tax that is included adds nothing. */
export interface PricingStep {
  readonly step: 'goods' | 'discount' | 'shipping' | 'shipping-discount' | 'tax' | 'total';
  readonly text: string;
  /** Position of the line that it concerns; null for the whole order. */
  readonly line: number | null;
  readonly amount: number;
}

/** A figure that comes out differently when the order is priced again. */
export interface PricingDifference {
  readonly figure: string;
  readonly stored: number;
  readonly computed: number;
}

/** How an order came to its total: the amounts of all steps but the last add up to the last. */
export function explain(order: Order): PricingStep[] {
  const { items, pricing, taxIncluded, total } = order;
  const goods = items.map(({ name, quantity, unitPrice, total: amount }, line): PricingStep => {
    return { step: 'goods', text: `${quantity} × ${name} at ${unitPrice}`, line, amount };
  });
  const discounts = (pricing?.discounts ?? []).flatMap(({ name, code, class: kind, amount, lines }): PricingStep[] => {
    const text = code === null ? name : `${name} (${code})`;
    if (kind === 'shipping') return [{ step: 'shipping-discount', text, line: null, amount: -amount }];
    return lines.flatMap((part, line) => (part > 0 ? [{ step: 'discount' as const, text, line, amount: -part }] : []));
  });
  const shipping: PricingStep[] = pricing?.shippingLine
    ? [{ step: 'shipping', text: pricing.shippingLine.name, line: null, amount: pricing.shippingLine.price }]
    : [];
  const taxes = (pricing?.taxLines ?? []).map(({ name, country, ratePpm, net, amount, reason }): PricingStep => {
    const rate = `${ratePpm / 10_000} % of ${net} (${reason ?? `${name}, ${country}`})`;
    return {
      step: 'tax',
      text: taxIncluded ? `${rate}, ${amount} included` : rate,
      line: null,
      amount: taxIncluded ? 0 : amount,
    };
  });
  const isOfGoods = ({ step }: PricingStep) => step === 'discount';
  return [
    ...goods,
    ...discounts.filter(isOfGoods),
    ...shipping,
    ...discounts.filter((step) => !isOfGoods(step)),
    ...taxes,
    { step: 'total', text: 'Total', line: null, amount: total },
  ];
}

/**
 * Prices an order again, by its own tariff and by what pricing was told then.
 * @returns what differs; null when it cannot be told, because the address was erased
 */
export function differences(order: Order, tariff: Tariff): PricingDifference[] | null {
  const { pricing, shippingAddress } = order;
  if (!pricing) return compare(order, null);
  if (
    shippingAddress === null &&
    pricing.inputs.some(({ requiresShipping }) => requiresShipping) &&
    pricing.shippingLine
  )
    return null;
  const quote = tariff.quote(
    {
      currency: order.currency,
      items: order.items.map(({ productId, quantity }, i) => quotedLine(productId, quantity, pricing.inputs[i]!)),
      address: shippingAddress,
      shippingMethod: pricing.shippingLine?.code ?? null,
      customerId: order.customerId,
      isFirstOrder: false,
      taxExempt: null,
    },
    pricing.discounts.flatMap(({ code, promotionId }) => (code === null ? [] : [{ code, promotionId }])),
    order.createdAt,
  );
  return compare(order, quote);
}

/** Without a quote the catalog prices are all. */
function compare(order: Order, quote: Quote | null): PricingDifference[] {
  const listed = order.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const plain = { subtotal: listed, discount: 0, shipping: 0, tax: 0, total: listed };
  const figures = (['subtotal', 'discount', 'shipping', 'tax', 'total'] as const).map((figure): PricingDifference => ({
    figure,
    stored: order[figure],
    computed: (quote ?? plain)[figure],
  }));
  const lines = order.items.flatMap((line, i) =>
    (['unitPrice', 'discount', 'tax'] as const).map((figure): PricingDifference => {
      const computed = quote ? quote.lines[i]![figure] : figure === 'unitPrice' ? line.unitPrice : 0;
      return { figure: `items/${i}/${figure}`, stored: line[figure], computed };
    }),
  );
  return [...figures, ...lines].filter(({ stored, computed }) => stored !== computed);
}
