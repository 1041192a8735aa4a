import { DomainError, problem, type ErrorItem } from '#kernel/errors.js';

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

export class ProductUnavailable extends DomainError {
  static readonly problem = problem(
    'product-unavailable',
    'unprocessable',
    'A product cannot be ordered',
    'A line names a product that does not exist or is not active. errors[] names the lines.',
  );
  constructor(lines: readonly { pointer: string; productId: string }[]) {
    super(
      ProductUnavailable.problem,
      lines.length === 1
        ? `The product ${lines[0]!.productId} cannot be ordered.`
        : `${lines.length} products cannot be ordered.`,
      lines.map((line): ErrorItem => ({ ...line, detail: 'unknown or inactive product' })),
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

export class MixedCurrencies extends DomainError {
  static readonly problem = problem(
    'mixed-currencies',
    'unprocessable',
    'An order has one currency',
    'All products of one order must have the same currency. Order them separately.',
  );
  constructor(currencies: readonly string[]) {
    super(MixedCurrencies.problem, `The products are priced in ${currencies.join(' and ')}.`, [], { currencies });
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
