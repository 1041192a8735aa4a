import { DomainError, problem } from '#kernel/errors.js';
import { moneyText } from '#kernel/money.js';

export class PaymentExists extends DomainError {
  static readonly problem = problem(
    'payment-exists',
    'conflict',
    'The order has a payment already',
    'An order has one live payment at a time. The answer names it (paymentId); confirm or cancel that one.',
  );
  constructor(paymentId: string) {
    super(PaymentExists.problem, `The order has the payment ${paymentId} already.`, [], { paymentId });
  }
}

export class AmountMismatch extends DomainError {
  static readonly problem = problem(
    'amount-mismatch',
    'unprocessable',
    'The amount is not the order’s',
    'A payment is over exactly the order’s total in its currency. Leave amount and currency out, or send the order’s.',
  );
  constructor(amount: number, currency: string) {
    super(AmountMismatch.problem, `The order costs ${moneyText({ amount, currency })}.`, [], { amount, currency });
  }
}

export class OrderNotPayable extends DomainError {
  static readonly problem = problem(
    'order-not-payable',
    'conflict',
    'The order cannot be paid by card',
    'Only pending orders with paymentMethod card are paid through a payment intent. The answer names the order’s status and payment method.',
  );
  constructor(status: string, paymentMethod: string) {
    super(OrderNotPayable.problem, `The order is ${status} and its payment method is ${paymentMethod}.`, [], {
      orderStatus: status,
      paymentMethod,
    });
  }
}

export class PaymentTransitionRefused extends DomainError {
  static readonly problem = problem(
    'invalid-payment-state',
    'conflict',
    'The payment is in another state',
    'The payment’s state does not allow this. The answer names the state.',
  );
  constructor(verb: string, status: string) {
    super(PaymentTransitionRefused.problem, `A payment that is ${status} does not allow this: ${verb}.`, [], {
      paymentState: status,
    });
  }
}

export class CaptureExceedsAuthorized extends DomainError {
  static readonly problem = problem(
    'capture-exceeds-authorized',
    'conflict',
    'More than was authorized',
    'A capture takes at most what was authorized (amount). Leave amount out to take all of it.',
  );
  constructor(amount: number, currency: string) {
    super(CaptureExceedsAuthorized.problem, `${moneyText({ amount, currency })} was authorized.`, [], { amount });
  }
}

export class RefundExceedsCaptured extends DomainError {
  static readonly problem = problem(
    'refund-exceeds-captured',
    'conflict',
    'More than is left to refund',
    'Refunds of a payment, those under way included, never exceed what was captured. The answer says what is left (refundable).',
  );
  constructor(refundable: number, currency: string) {
    super(RefundExceedsCaptured.problem, `${moneyText({ amount: refundable, currency })} is left to refund.`, [], {
      refundable,
      currency,
    });
  }
}

export class PaymentDisputed extends DomainError {
  static readonly problem = problem(
    'payment-disputed',
    'conflict',
    'The money is disputed',
    'Disputed money is not refunded: its payer may get it back through the dispute. The answer says what is disputed (disputed) and what can still be refunded (refundable).',
  );
  constructor(disputed: number, refundable: number, currency: string) {
    super(
      PaymentDisputed.problem,
      `${moneyText({ amount: disputed, currency })} of the payment is disputed; ${moneyText({ amount: refundable, currency })} can be refunded.`,
      [],
      { disputed, refundable, currency },
    );
  }
}

export class RefundTransitionRefused extends DomainError {
  static readonly problem = problem(
    'invalid-refund-state',
    'conflict',
    'The refund is in another state',
    'Only a refund that is requested of a person (status requested) is settled by hand; every other is settled by its processor. The answer names the state.',
  );
  constructor(status: string) {
    super(RefundTransitionRefused.problem, `The refund is ${status}.`, [], { refundState: status });
  }
}

export class RefundReferenceTaken extends DomainError {
  static readonly problem = problem(
    'refund-reference-taken',
    'conflict',
    'Another refund has this reference',
    'Another refund of the same payment was recorded with this reference of its processor. Was this one recorded already?',
  );
  constructor(reference: string) {
    super(RefundReferenceTaken.problem, `Another refund of this payment has the reference ${reference}.`);
  }
}

export class ProviderRefused extends DomainError {
  static readonly problem = problem(
    'provider-refused',
    'unprocessable',
    'The payment provider refused',
    'The payment provider does not take this payment, for example because the amount is below its minimum. Its reason is in the detail.',
  );
  constructor(error: { code: string; message: string }) {
    super(ProviderRefused.problem, error.message, [], { providerCode: error.code });
  }
}

export class OutcomesNotSigned extends DomainError {
  static readonly problem = problem(
    'outcomes-not-signed',
    'unprocessable',
    'Outcomes cannot be signed',
    'There is no WEBHOOK_SIGNING_SECRET, so nothing can be posted to webhookUrl. Leave it out and read the payment, or have the secret set.',
  );
  constructor() {
    super(OutcomesNotSigned.problem, 'This shop has no secret to sign what is posted to webhookUrl.');
  }
}

export class PaymentMethodNotUsable extends DomainError {
  static readonly problem = problem(
    'payment-method-not-usable',
    'unprocessable',
    'The payment method cannot be used',
    'A saved payment method pays for orders of its customer while it is active. Without its payer (offSession) only a saved one pays.',
  );
  constructor(detail: string) {
    super(PaymentMethodNotUsable.problem, detail);
  }
}

export class TooManyPaymentMethods extends DomainError {
  static readonly problem = problem(
    'too-many-payment-methods',
    'conflict',
    'The customer has saved too many payment methods',
    'Delete one that is not used any more. The answer says how many a customer may have (limit).',
  );
  constructor(limit: number) {
    super(TooManyPaymentMethods.problem, `A customer saves at most ${limit} payment methods.`, [], { limit });
  }
}
