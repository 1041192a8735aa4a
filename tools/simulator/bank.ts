import { integer, invalid, unexpectedState, unixNow, Refused } from './answers.js';
import type { Disputes } from './disputes.js';
import type { Faults } from './faults.js';
import { text, type Form } from './form.js';
import { newCharge, newIntent } from './new-objects.js';
import { challengeAt } from './next-action.js';
import type { PaymentError, PaymentIntent, StoredIntent } from './objects.js';
import { checkAmount } from './parameters.js';
import type { Store, Tell } from './store.js';
import { authenticationFailure, authenticationRequired, fateOf, isExemptOnceSetUp } from './test-cards.js';
import { assertOf, updatedIntent } from './vault.js';

/** Payment intents and charges, and the bank that decides about them: at once, or after a while. */
export class Bank {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  smallestAmount = 0;
  /** Whether the bank decides while it is asked, as it does for most cards; otherwise after delayMs. */
  isSynchronous = false;

  constructor(
    private readonly delayMs: number,
    private readonly faults: Faults,
    private readonly store: Store,
    private readonly disputes: Disputes,
    private readonly tell: Tell,
    /** The address of the page on which a payer passes or fails a challenge. */
    private readonly challengeUrl: (intent: PaymentIntent) => string,
  ) {}

  start(): void {
    for (const stored of this.store.intents.values()) this.scheduleDecision(stored);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** The intent with its latest charge in full, where that was asked for. */
  expanded(intent: PaymentIntent, isAsked: boolean): object {
    const charge = isAsked && intent.latest_charge !== null ? this.store.charges.get(intent.latest_charge) : undefined;
    return charge ? { ...intent, latest_charge: charge } : intent;
  }

  create(form: Form): PaymentIntent {
    const amount = integer(form, 'amount');
    const currency = text(form, 'currency');
    checkAmount(amount, currency, this.smallestAmount);
    const method = text(form, 'payment_method');
    if (method !== undefined) this.assertUsable(method, text(form, 'customer') ?? null);
    const isConfirmed = text(form, 'confirm') === 'true';
    if (isConfirmed && method === undefined)
      throw invalid(
        400,
        'You must provide a payment_method to confirm this PaymentIntent.',
        'parameter_missing',
        'payment_method',
      );
    const intent = newIntent(amount!, currency!.toLowerCase(), form);
    const stored = this.store.saveIntent({ intent, decidedAt: null, refunded: 0 });
    this.tell('payment_intent.created', intent);
    return isConfirmed ? this.attempt(stored, method!, form) : intent;
  }

  confirm(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    // Another method may be tried while the payer of the first has not acted.
    if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_action')
      throw unexpectedState(intent, 'confirm');
    const method = text(form, 'payment_method') ?? intent.payment_method;
    if (!method)
      throw invalid(
        400,
        'You must provide a payment_method to confirm this PaymentIntent.',
        'parameter_missing',
        'payment_method',
      );
    this.assertUsable(method, intent.customer);
    return this.attempt(stored, method, form);
  }

  update(stored: StoredIntent, form: Form): PaymentIntent {
    return this.store.saveIntent({ ...stored, intent: updatedIntent(stored.intent, form, this.store) }).intent;
  }

  private assertUsable(method: string, customer: string | null): void {
    const kept = this.store.methods.get(method);
    if (kept) return assertOf(kept, customer);
    if (fateOf(method).kind === 'unknown')
      throw invalid(400, `No such PaymentMethod: '${method}'`, 'resource_missing', 'payment_method');
  }

  private attempt(stored: StoredIntent, method: string, form: Form): PaymentIntent {
    const begun: PaymentIntent = {
      ...stored.intent,
      payment_method: method,
      last_payment_error: null,
      next_action: null,
    };
    const isOffSession = text(form, 'off_session') === 'true';
    const card = this.store.cardOf(method);
    const isExempt = isOffSession && this.store.methods.get(method)?.isSetUp === true && isExemptOnceSetUp(card);
    if (fateOf(card).kind === 'challenges' && !isExempt) {
      if (isOffSession || text(form, 'error_on_requires_action') === 'true')
        return this.decline({ ...stored, intent: begun }, authenticationRequired, true);
      return this.challenge(stored, begun, text(form, 'return_url'));
    }
    return this.process({ ...stored, intent: begun, isAuthenticated: false });
  }

  private challenge(stored: StoredIntent, begun: PaymentIntent, returnUrl: string | undefined): PaymentIntent {
    const next_action = challengeAt(this.challengeUrl(begun), begun.id, returnUrl);
    return this.change(stored, { ...begun, status: 'requires_action', next_action }, 'payment_intent.requires_action');
  }

  /** What the payer has done on the page of the challenge. */
  answerChallenge(id: string, hasPassed: boolean): PaymentIntent {
    const stored = this.store.intent(id);
    if (stored.intent.status !== 'requires_action') throw unexpectedState(stored.intent, 'authenticat');
    if (!hasPassed) return this.decline(stored, authenticationFailure, false);
    return this.process({ ...stored, isAuthenticated: true, intent: { ...stored.intent, next_action: null } });
  }

  private process(stored: StoredIntent): PaymentIntent {
    const decidedAt = Date.now() + (this.isSynchronous ? 0 : this.delayMs);
    const confirmed = this.store.saveIntent({
      ...stored,
      decidedAt,
      intent: { ...stored.intent, status: 'processing' },
    });
    if (this.isSynchronous) return this.decide(stored.intent.id, true);
    this.tell('payment_intent.processing', confirmed.intent);
    this.scheduleDecision(confirmed);
    return confirmed.intent;
  }

  private scheduleDecision({ intent, decidedAt }: StoredIntent): void {
    if (decidedAt === null) return;
    const timer = setTimeout(() => this.decide(intent.id, false), Math.max(0, decidedAt - Date.now()));
    this.timers.set(intent.id, timer);
  }

  /** The bank has decided. @throws Refused as 402 when it declines and the caller waits for it */
  private decide(id: string, isAwaited: boolean): PaymentIntent {
    this.timers.delete(id);
    const stored = this.store.intent(id);
    const { intent } = stored;
    if (intent.status !== 'processing') return intent;
    const card = this.store.cardOf(intent.payment_method!);
    const usual = fateOf(card);
    const isDeclined = this.faults.strike('decline', 'confirm') !== null;
    const fate = isDeclined ? fateOf('pm_card_chargeDeclined') : usual;
    if (fate.kind === 'declines') return this.decline(stored, fate.error, isAwaited);
    const taken = this.faults.strike('wrong_amount', 'confirm') ? Math.max(1, intent.amount - 1) : intent.amount;
    const charge = this.store.saveCharge(newCharge(intent, taken, card, null));
    const changes = { latest_charge: charge.id, amount: taken };
    const decided =
      intent.capture_method === 'manual'
        ? this.change(
            stored,
            { ...changes, status: 'requires_capture', amount_capturable: taken },
            'payment_intent.amount_capturable_updated',
          )
        : this.change(stored, { ...changes, status: 'succeeded', amount_received: taken }, 'payment_intent.succeeded');
    this.tell('charge.succeeded', charge);
    if (decided.status === 'succeeded') this.disputes.openFor(charge);
    return decided;
  }

  private decline(stored: StoredIntent, error: PaymentError, isAwaited: boolean): PaymentIntent {
    const { intent } = stored;
    const kept = this.store.methods.get(intent.payment_method!)?.method;
    const card = this.store.cardOf(intent.payment_method!);
    const charge =
      error === authenticationFailure ? null : this.store.saveCharge(newCharge(intent, intent.amount, card, error));
    const told = { ...error, ...(charge && { charge: charge.id }), ...(kept && { payment_method: kept }) };
    const failed = this.change(
      stored,
      {
        status: 'requires_payment_method',
        payment_method: null,
        next_action: null,
        last_payment_error: told,
        ...(charge && { latest_charge: charge.id }),
      },
      'payment_intent.payment_failed',
    );
    if (charge) this.tell('charge.failed', charge);
    if (isAwaited) throw new Refused(402, { ...told, payment_intent: failed });
    return failed;
  }

  capture(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_capture') throw unexpectedState(intent, 'captur');
    const amount = integer(form, 'amount_to_capture') ?? intent.amount_capturable;
    if (amount < 1 || amount > intent.amount_capturable)
      throw invalid(
        400,
        'The requested capture amount is greater than the amount you can capture.',
        'amount_too_large',
        'amount_to_capture',
      );
    const taken = this.faults.strike('wrong_amount', 'capture') ? Math.max(1, amount - 1) : amount;
    const charge = this.store.charge(intent.latest_charge!);
    const captured = this.store.saveCharge({ ...charge, captured: true, amount_captured: taken });
    const paid = this.change(
      stored,
      { status: 'succeeded', amount_received: taken, amount_capturable: 0 },
      'payment_intent.succeeded',
    );
    this.tell('charge.captured', captured);
    this.disputes.openFor(captured);
    return paid;
  }

  cancel(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (!['requires_payment_method', 'requires_action', 'requires_capture'].includes(intent.status))
      throw unexpectedState(intent, 'cancel');
    return this.void(stored, text(form, 'cancellation_reason') ?? null);
  }

  /** As banks do with what was not captured in time. */
  expireAuthorization(id: string): PaymentIntent {
    const stored = this.store.intent(id);
    if (stored.intent.status !== 'requires_capture') throw unexpectedState(stored.intent, 'expir');
    this.tell('charge.expired', this.store.charge(stored.intent.latest_charge!));
    return this.void(stored, 'automatic');
  }

  private void(stored: StoredIntent, cancellation_reason: string | null): PaymentIntent {
    return this.change(
      stored,
      { status: 'canceled', canceled_at: unixNow(), amount_capturable: 0, next_action: null, cancellation_reason },
      'payment_intent.canceled',
    );
  }

  private change(stored: StoredIntent, changes: Partial<PaymentIntent>, eventType: string): PaymentIntent {
    const intent = { ...stored.intent, ...changes };
    this.store.saveIntent({ ...stored, intent, decidedAt: null });
    this.tell(eventType, intent);
    return intent;
  }
}
