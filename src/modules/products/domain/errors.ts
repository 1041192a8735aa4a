import { DomainError, problem, type ErrorItem } from '#kernel/errors.js';

export class SkuTaken extends DomainError {
  static readonly problem = problem(
    'sku-taken',
    'conflict',
    'The SKU is taken',
    'Another product already has this sku. Choose another, or change that product.',
  );
  constructor(sku: string) {
    super(SkuTaken.problem, `Another product has the sku ${sku}.`);
  }
}

export class ProductInUse extends DomainError {
  static readonly problem = problem(
    'product-in-use',
    'conflict',
    'Orders refer to this product',
    'A product that has ever been ordered cannot be deleted. Deactivate it instead: PATCH {"active": false}.',
  );
  constructor() {
    super(ProductInUse.problem, 'Orders refer to this product. Deactivate it instead.');
  }
}

export class NoCatalogue extends DomainError {
  static readonly problem = problem(
    'no-catalogue',
    'unprocessable',
    'There is no catalog to import',
    'Products are imported from the service at BALANCE_SERVICE_URL, which is not set.',
  );
  constructor() {
    super(NoCatalogue.problem, 'BALANCE_SERVICE_URL is not set.');
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
