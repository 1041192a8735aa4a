import { DomainError, problem, type ErrorItem } from '#kernel/errors.js';
import type { Quote } from '#modules/pricing/contract.js';

export class PriceChanged extends DomainError {
  static readonly problem = problem(
    'price-changed',
    'conflict',
    'A price has changed',
    'The unitPrice in the request differs from the catalog price. errors[] lists the lines with the current price; show it to the buyer and order again.',
  );
  constructor(lines: readonly { pointer: string; productId: string; unitPrice: number; currentPrice: number }[]) {
    super(
      PriceChanged.problem,
      lines.length === 1 ? `The price is now ${lines[0]!.currentPrice}.` : `${lines.length} prices have changed.`,
      lines.map((line): ErrorItem => ({ ...line, detail: `the price is now ${line.currentPrice}` })),
    );
  }
}

export class TooManyOpenOrders extends DomainError {
  static readonly problem = problem(
    'too-many-open-orders',
    'conflict',
    'Too many unpaid orders',
    'Unpaid orders hold stock, so their number and units per customer are limited. Pay for one or cancel one first.',
  );
  constructor(detail: string) {
    super(TooManyOpenOrders.problem, detail);
  }
}

export class OrderTooLarge extends DomainError {
  static readonly problem = problem(
    'order-too-large',
    'unprocessable',
    'The order is too large',
    'Merged lines may have at most 10,000 units of a product, and an order may cost at most 999,999,999,999 minor units.',
  );
  constructor(detail: string) {
    super(OrderTooLarge.problem, detail);
  }
}

export class OrderNumberTaken extends DomainError {
  static readonly problem = problem(
    'order-number-taken',
    'conflict',
    'The order number is taken',
    'Another order has this orderNumber. Choose another, or omit it to have one assigned.',
  );
  constructor(orderNumber: string) {
    super(OrderNumberTaken.problem, `Another order has the number ${orderNumber}.`);
  }
}

export class PaymentRequired extends DomainError {
  static readonly problem = problem(
    'payment-required',
    'conflict',
    'The order is not paid',
    'An order can be completed only when its payment is captured or authorized, or when it is paid externally (paymentMethod manual). Pay for it first.',
  );
  constructor(paymentStatus: string) {
    super(PaymentRequired.problem, `The order's payment is ${paymentStatus}.`, [], { paymentStatus });
  }
}

export class CouponNotApplicable extends DomainError {
  static readonly problem = problem(
    'coupon-not-applicable',
    'conflict',
    'A coupon code does not apply',
    'A code of the order is unknown, over, used up, or its conditions are not met; errors[] says why for each. The order is not placed at another price: correct or remove the codes, and order again.',
  );
  constructor(items: readonly ErrorItem[]) {
    super(
      CouponNotApplicable.problem,
      items.length === 1 ? 'The coupon code does not apply.' : `${items.length} coupon codes do not apply.`,
      items,
    );
  }
}

const unpriced = {
  'shipping-method-required': problem(
    'shipping-method-required',
    'unprocessable',
    'A shipping method is required',
    'Goods of the order are sent, so it must name a shippingMethod. errors[] lists those that are offered, with their prices.',
  ),
  'shipping-method-not-available': problem(
    'shipping-method-not-available',
    'unprocessable',
    'The shipping method is not offered',
    'The shippingMethod is unknown, or is not offered for these goods and this address. errors[] lists those that are.',
  ),
  'address-incomplete': problem(
    'address-incomplete',
    'unprocessable',
    'The shipping address is incomplete',
    'The price depends on members of shippingAddress that are missing. errors[] names them.',
  ),
  'destination-not-served': problem(
    'destination-not-served',
    'unprocessable',
    'The shop does not sell there',
    'The shop has no tax rate for the destination, and sells only where it has one.',
  ),
} as const;

/** What the tariff has to know, or offers, is not there. */
export class CannotBePriced extends DomainError {
  constructor(code: keyof typeof unpriced, items: readonly ErrorItem[]) {
    super(unpriced[code], `${items.map(({ detail }) => detail).join('; ')}.`, items);
  }
}

export class TotalChanged extends DomainError {
  static readonly problem = problem(
    'total-changed',
    'conflict',
    'The total has changed',
    'The expectedTotal in the request differs from what the order would cost now. `quote` has the new price; show it to the buyer and order again.',
  );
  constructor(expectedTotal: number, quote: Quote) {
    const { subtotal, discount, shipping, tax, taxIncluded, total, tariffVersion } = quote;
    super(TotalChanged.problem, `The order would cost ${total}, not ${expectedTotal}.`, [], {
      quote: { subtotal, discount, shipping, tax, taxIncluded, total, tariffVersion },
    });
  }
}
