import { DomainError, problem } from '#kernel/errors.js';

export class TariffTooLarge extends DomainError {
  static readonly problem = problem(
    'tariff-too-large',
    'unprocessable',
    'The tariff is too large',
    'A tariff holds at most 500 tax rates, 100 active shipping methods, 1,000 active promotions of which 100 apply without a code, and 2 MiB. Remove or deactivate what is no longer needed.',
  );
  constructor(detail: string) {
    super(TariffTooLarge.problem, detail);
  }
}

export class ShippingCodeTaken extends DomainError {
  static readonly problem = problem(
    'shipping-code-taken',
    'conflict',
    'The code of the shipping method is taken',
    'Another shipping method has this code. Choose another.',
  );
  constructor(code: string) {
    super(ShippingCodeTaken.problem, `Another shipping method has the code ${code}.`);
  }
}

export class CouponCodeTaken extends DomainError {
  static readonly problem = problem(
    'coupon-code-taken',
    'conflict',
    'The coupon code is taken',
    'The code belongs to a promotion already. Choose another.',
  );
  constructor(code: string) {
    super(CouponCodeTaken.problem, `The code ${code} belongs to a promotion already.`);
  }
}

export class PromotionInUse extends DomainError {
  static readonly problem = problem(
    'promotion-in-use',
    'conflict',
    'The promotion is in use',
    'The promotion has coupon codes, so it cannot be deleted. Deactivate it.',
  );
  constructor(id: string) {
    super(PromotionInUse.problem, `The promotion ${id} has coupon codes.`);
  }
}

export class PreconditionRequired extends DomainError {
  static readonly problem = problem(
    'precondition-required',
    'precondition-required',
    'If-Match is required',
    'This change moves every price, so it must name the version that it changes: send the ETag that you read in If-Match.',
  );
  constructor() {
    super(PreconditionRequired.problem, 'Send the ETag of the settings that you read in If-Match.');
  }
}
