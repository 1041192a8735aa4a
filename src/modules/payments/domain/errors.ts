import { DomainError, problem } from '#kernel/errors.js';
import { moneyText } from '#kernel/money.js';

export class PaymentExists extends DomainError {
  static readonly problem = problem(
    'payment-exists',
    'conflict',
    'The order already has a payment',
    'An order has one active payment at a time. The response names it (paymentId); confirm or cancel it.',
  );
  constructor(paymentId: string) {
    super(PaymentExists.problem, `The order already has the payment ${paymentId}.`, [], { paymentId });
  }
}

export class AmountMismatch extends DomainError {
  static readonly problem = problem(
    'amount-mismatch',
    'unprocessable',
    'The amount does not match the order',
    'A payment must equal the order’s total in its currency. Omit amount and currency, or send the order’s.',
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
    'Only pending orders with paymentMethod card are paid through a payment intent. The response gives the order’s status and payment method.',
  );
  constructor(status: string, paymentMethod: string) {
    super(OrderNotPayable.problem, `The order is ${status} and its payment method is ${paymentMethod}.`, [], {
      orderStatus: status,
      paymentMethod,
    });
  }
}

export class NothingToPay extends DomainError {
  static readonly problem = problem(
    'nothing-to-pay',
    'unprocessable',
    'There is nothing to pay',
    'The total of the order is 0, so it is paid already. Do not create a payment for it.',
  );
  constructor() {
    super(NothingToPay.problem, 'The total of the order is 0.');
  }
}

export class PaymentTransitionRefused extends DomainError {
  static readonly problem = problem(
    'invalid-payment-state',
    'conflict',
    'The payment’s state does not allow this',
    'The payment’s current state (paymentState) does not allow this operation.',
  );
  constructor(verb: string, status: string) {
    super(PaymentTransitionRefused.problem, `Cannot ${verb} a payment that is ${status}.`, [], {
      paymentState: status,
    });
  }
}

export class CaptureExceedsAuthorized extends DomainError {
  static readonly problem = problem(
    'capture-exceeds-authorized',
    'conflict',
    'The amount exceeds the authorized amount',
    'A capture may not exceed the authorized amount (amount). Omit amount to capture all of it.',
  );
  constructor(amount: number, currency: string) {
    super(CaptureExceedsAuthorized.problem, `${moneyText({ amount, currency })} was authorized.`, [], { amount });
  }
}

export class RefundExceedsCaptured extends DomainError {
  static readonly problem = problem(
    'refund-exceeds-captured',
    'conflict',
    'The amount exceeds what can be refunded',
    'Refunds of a payment, including pending ones, cannot exceed the captured amount. The response says what is left (refundable).',
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
    'The payment is disputed',
    'Disputed money cannot be refunded: the payer may get it back through the dispute. The response says how much is disputed (disputed) and how much can still be refunded (refundable).',
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
    'The refund’s state does not allow this',
    'Only a refund to be made manually (status requested) is settled here; the processor settles every other. The response gives the state (refundState).',
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
    'Another refund of the same payment already has this processor reference. Check whether this one was already recorded.',
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
    'The payment provider refused this payment, for example because the amount is below its minimum. Its reason is in the detail.',
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
    'WEBHOOK_SIGNING_SECRET is not set, so nothing can be posted to webhookUrl. Omit it and read the payment, or have the secret set.',
  );
  constructor() {
    super(OutcomesNotSigned.problem, 'This shop has no secret to sign messages to webhookUrl.');
  }
}

export class PaymentMethodNotUsable extends DomainError {
  static readonly problem = problem(
    'payment-method-not-usable',
    'unprocessable',
    'The payment method cannot be used',
    'A saved payment method must be active and can pay only for its own customer’s orders. Off-session payments (offSession) require a saved one.',
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
    'Delete one that is no longer used. The response says how many a customer may have (limit).',
  );
  constructor(limit: number) {
    super(TooManyPaymentMethods.problem, `A customer may save at most ${limit} payment methods.`, [], { limit });
  }
}
