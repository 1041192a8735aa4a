import { invalid, missing, Refused } from './answers.js';
import { record, text, type Form } from './form.js';
import { newId } from './new-objects.js';
import { challengeAt } from './next-action.js';
import { newCustomer, newMethod, newSetup } from './new-vault-objects.js';
import type { Customer, PaymentMethod, SetupIntent, StoredMethod } from './vault-objects.js';
import type { PaymentIntent } from './objects.js';
import type { Store, Tell } from './store.js';
import { authenticationFailure, fateOf, setupFateOf } from './test-cards.js';

/** Customers, the payment methods that are kept for them, and the setups by which those are saved. */
export class Vault {
  constructor(
    private readonly store: Store,
    private readonly tell: Tell,
    /** The address of the page on which a payer passes or fails a challenge. */
    private readonly challengeUrl: (setup: SetupIntent) => string,
  ) {}

  createCustomer(form: Form): Customer {
    const customer = this.store.saveCustomer(newCustomer(form));
    this.tell('customer.created', customer);
    return customer;
  }

  /** Detaches what was kept for them, too. */
  deleteCustomer(id: string): object {
    const customer = this.store.customer(id);
    for (const { method } of this.methodsOf(id)) this.detach(method.id);
    this.store.removeCustomer(id);
    this.tell('customer.deleted', customer);
    return { id, object: 'customer', deleted: true };
  }

  methodsOf(customer: string): StoredMethod[] {
    return [...this.store.methods.values()].filter(({ method }) => method.customer === customer).reverse();
  }

  /** Keeps a test card, or a method that was kept for no customer, for one. */
  attach(token: string, form: Form): PaymentMethod {
    const customer = this.store.customer(text(form, 'customer') ?? '').id;
    return this.keep(this.usable(token, customer), customer, false).method;
  }

  detach(id: string): PaymentMethod {
    const stored = this.store.method(id);
    if (stored.method.customer === null)
      throw invalid(
        400,
        'The payment method you provided is not attached to a customer so detachment is impossible.',
        'payment_method_not_attached',
      );
    const { method } = this.store.saveMethod({ ...stored, method: { ...stored.method, customer: null } });
    this.tell('payment_method.detached', method);
    return method;
  }

  create(form: Form): SetupIntent {
    const customer = text(form, 'customer');
    if (customer !== undefined && !this.store.customers.has(customer))
      throw invalid(400, `No such customer: '${customer}'`, 'resource_missing', 'customer');
    const setup = this.store.saveSetup(newSetup(form));
    this.tell('setup_intent.created', setup);
    return text(form, 'confirm') === 'true' ? this.confirm(setup, form) : setup;
  }

  confirm(setup: SetupIntent, form: Form): SetupIntent {
    if (!['requires_payment_method', 'requires_action'].includes(setup.status)) throw unexpectedState(setup, 'confirm');
    const token = text(form, 'payment_method') ?? setup.payment_method;
    if (!token)
      throw invalid(
        400,
        'You must provide a payment_method to confirm this SetupIntent.',
        'parameter_missing',
        'payment_method',
      );
    const stored = this.usable(token, setup.customer);
    const fate = setupFateOf(stored.card);
    const begun = {
      ...setup,
      payment_method: stored.method.id,
      latest_attempt: newId('setatt'),
      last_setup_error: null,
      next_action: null,
    };
    this.store.saveMethod(stored);
    if (fate.kind === 'declines') {
      const failed = this.fail(begun, fate.error, stored.method);
      throw new Refused(402, { ...fate.error, setup_intent: failed });
    }
    if (fate.kind === 'challenges') return this.challenge(begun, text(form, 'return_url'));
    return this.succeed(begun);
  }

  private challenge(setup: SetupIntent, returnUrl: string | undefined): SetupIntent {
    const next_action = challengeAt(this.challengeUrl(setup), setup.id, returnUrl);
    return this.change({ ...setup, status: 'requires_action', next_action }, 'setup_intent.requires_action');
  }

  /** What the payer has done on the page of the challenge. */
  answerChallenge(id: string, hasPassed: boolean): SetupIntent {
    const setup = this.store.setup(id);
    if (setup.status !== 'requires_action') throw unexpectedState(setup, 'authenticat');
    if (hasPassed) return this.succeed({ ...setup, next_action: null });
    const error = { ...authenticationFailure, code: 'setup_intent_authentication_failure' };
    return this.fail(setup, error, this.store.method(setup.payment_method!).method);
  }

  cancel(setup: SetupIntent, form: Form): SetupIntent {
    if (!['requires_payment_method', 'requires_action'].includes(setup.status)) throw unexpectedState(setup, 'cancel');
    const cancellation_reason = text(form, 'cancellation_reason') ?? null;
    return this.change(
      { ...setup, status: 'canceled', next_action: null, cancellation_reason },
      'setup_intent.canceled',
    );
  }

  private succeed(setup: SetupIntent): SetupIntent {
    const stored = this.store.method(setup.payment_method!);
    if (setup.customer !== null) this.keep(stored, setup.customer, setup.usage === 'off_session');
    return this.change({ ...setup, status: 'succeeded', next_action: null }, 'setup_intent.succeeded');
  }

  private fail(setup: SetupIntent, error: SetupIntent['last_setup_error'], method: PaymentMethod): SetupIntent {
    return this.change(
      {
        ...setup,
        status: 'requires_payment_method',
        payment_method: null,
        next_action: null,
        last_setup_error: { ...error!, payment_method: method },
      },
      'setup_intent.setup_failed',
    );
  }

  private keep(stored: StoredMethod, customer: string, isSetUp: boolean): StoredMethod {
    const wasKept = stored.method.customer !== null;
    const kept = this.store.saveMethod({
      ...stored,
      isSetUp: stored.isSetUp || isSetUp,
      method: { ...stored.method, customer },
    });
    if (!wasKept) this.tell('payment_method.attached', kept.method);
    return kept;
  }

  /** A test card becomes a method of its own each time, as at Stripe; one that is kept stays what it is. */
  private usable(token: string, customer: string | null): StoredMethod {
    const kept = this.store.methods.get(token);
    if (!kept) {
      if (fateOf(token).kind === 'unknown') missing('PaymentMethod', token);
      return { method: newMethod(token), card: token, isSetUp: false };
    }
    assertOf(kept, customer);
    return kept;
  }

  private change(setup: SetupIntent, eventType: string): SetupIntent {
    this.store.saveSetup(setup);
    this.tell(eventType, setup);
    return setup;
  }
}

/** What is kept for a customer pays for that customer only; what was detached pays for none. */
export function assertOf({ method, isSetUp }: StoredMethod, customer: string | null): void {
  if (method.customer !== null && method.customer !== customer)
    throw invalid(
      400,
      `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`,
      undefined,
      'payment_method',
    );
  if (method.customer === null && isSetUp)
    throw invalid(
      400,
      'The provided PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
      undefined,
      'payment_method',
    );
}

function unexpectedState(setup: SetupIntent, verb: string): Refused {
  return new Refused(400, {
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
    message: `This SetupIntent could not be ${verb}ed because it has a status of ${setup.status}.`,
    setup_intent: setup,
  });
}

/** The metadata of an intent, and its customer as long as it has none and was not paid. */
export function updatedIntent(intent: PaymentIntent, form: Form, store: Store): PaymentIntent {
  const customer = text(form, 'customer') ?? intent.customer;
  if (customer !== intent.customer) {
    if (!/^requires_(payment_method|action)$/.test(intent.status))
      throw invalid(400, 'This PaymentIntent cannot be updated any more.', 'payment_intent_unexpected_state');
    if (intent.customer !== null)
      throw invalid(400, 'You cannot modify `customer` on a PaymentIntent once it already has been set.', undefined);
    store.customer(customer!);
  }
  return { ...intent, customer, metadata: { ...intent.metadata, ...record(form, 'metadata') } };
}
