import { integer, invalid, missing, unexpectedState, unixNow } from './answers.js';
import type { Faults } from './faults.js';
import { text, type Form } from './form.js';
import type { Journal } from './journal.js';
import { newCharge, newIntent, newRefund } from './new-objects.js';
import { fateOf, type Charge, type PaymentIntent, type Refund, type StoredIntent } from './objects.js';

/** Payment intents, charges and refunds, and the bank that decides about them after a while. */
export class Bank {
  private readonly intents = new Map<string, StoredIntent>();
  private readonly charges = new Map<string, Charge>();
  private readonly refunds = new Map<string, Refund>();
  private readonly timers = new Map<string, NodeJS.Timeout>();

  smallestAmount = 0;
  isEmpty = false;

  constructor(
    private readonly delayMs: number,
    private readonly faults: Faults,
    private readonly journal: () => Journal,
    private readonly tell: (type: string, object: unknown) => void,
  ) {}

  restore(kind: string, id: string, value: unknown): void {
    if (kind === 'intent') this.intents.set(id, value as StoredIntent);
    if (kind === 'charge') this.charges.set(id, value as Charge);
    if (kind === 'refund') this.refunds.set(id, value as Refund);
  }

  start(): void {
    for (const stored of this.intents.values()) this.scheduleDecision(stored);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** Newest first. */
  allIntents(): PaymentIntent[] {
    return [...this.intents.values()].map(({ intent }) => intent).reverse();
  }

  allRefunds(): Refund[] {
    return [...this.refunds.values()].reverse();
  }

  refundById(id: string): Refund {
    return this.refunds.get(id) ?? missing('refund', id);
  }

  find(id: string): StoredIntent {
    return this.intents.get(id) ?? missing('payment_intent', id);
  }

  /** The intent with its latest charge in full, where that was asked for. */
  expanded(intent: PaymentIntent, isAsked: boolean): object {
    const charge = isAsked && intent.latest_charge !== null ? this.charges.get(intent.latest_charge) : undefined;
    return charge ? { ...intent, latest_charge: charge } : intent;
  }

  create(form: Form): PaymentIntent {
    const amount = integer(form, 'amount');
    const currency = text(form, 'currency');
    if (amount === undefined || amount < 1)
      throw invalid(400, 'Missing or invalid required param: amount.', 'parameter_missing', 'amount');
    if (!currency || !/^[a-z]{3}$/.test(currency))
      throw invalid(400, 'Missing or invalid required param: currency.', 'parameter_missing', 'currency');
    if (amount < this.smallestAmount)
      throw invalid(400, 'Amount must be no less than the minimum of its currency.', 'amount_too_small', 'amount');
    const intent = newIntent(amount, currency, form);
    this.save({ intent, decidedAt: null, refunded: 0 });
    return intent;
  }

  confirm(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_payment_method') throw unexpectedState(intent, 'confirm');
    const method = text(form, 'payment_method');
    if (!method)
      throw invalid(
        400,
        'You must provide a payment_method to confirm this PaymentIntent.',
        'parameter_missing',
        'payment_method',
      );
    if (fateOf(method).kind === 'unknown')
      throw invalid(400, `No such PaymentMethod: '${method}'`, 'resource_missing', 'payment_method');
    const confirmed: StoredIntent = {
      ...stored,
      decidedAt: Date.now() + this.delayMs,
      intent: { ...intent, status: 'processing', payment_method: method, last_payment_error: null },
    };
    this.save(confirmed);
    this.scheduleDecision(confirmed);
    return confirmed.intent;
  }

  private scheduleDecision({ intent, decidedAt }: StoredIntent): void {
    if (decidedAt === null) return;
    const timer = setTimeout(() => this.decide(intent.id), Math.max(0, decidedAt - Date.now()));
    this.timers.set(intent.id, timer);
  }

  /** The bank has decided. */
  private decide(id: string): void {
    this.timers.delete(id);
    const stored = this.find(id);
    const { intent } = stored;
    if (intent.status !== 'processing') return;
    const usual = fateOf(intent.payment_method!);
    const isDeclined = this.faults.strike('decline', 'confirm') !== null;
    const fate = isDeclined ? fateOf('pm_card_chargeDeclined') : usual;
    const taken = this.faults.strike('wrong_amount', 'confirm') ? Math.max(1, intent.amount - 1) : intent.amount;
    const charge = this.charge(
      intent,
      taken,
      fate.kind === 'declines' ? (fate.error.decline_code ?? fate.error.code) : null,
    );
    if (fate.kind === 'declines') {
      this.change(
        stored,
        {
          status: 'requires_payment_method',
          payment_method: null,
          last_payment_error: fate.error,
          latest_charge: charge.id,
        },
        'payment_intent.payment_failed',
      );
      return this.tell('charge.failed', charge);
    }
    const changes = { latest_charge: charge.id, amount: taken };
    if (intent.capture_method === 'manual') {
      this.change(
        stored,
        { ...changes, status: 'requires_capture', amount_capturable: taken },
        'payment_intent.amount_capturable_updated',
      );
    } else {
      this.change(stored, { ...changes, status: 'succeeded', amount_received: taken }, 'payment_intent.succeeded');
    }
    this.tell('charge.succeeded', charge);
  }

  private charge(intent: PaymentIntent, amount: number, declineCode: string | null): Charge {
    const charge = newCharge(intent, amount, declineCode);
    this.charges.set(charge.id, charge);
    this.journal().append({ kind: 'charge', id: charge.id, value: charge });
    return charge;
  }

  capture(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_capture') throw unexpectedState(intent, 'capture');
    const amount = integer(form, 'amount_to_capture') ?? intent.amount_capturable;
    if (amount < 1 || amount > intent.amount_capturable)
      throw invalid(
        400,
        'The requested capture amount is greater than the amount you can capture.',
        'amount_too_large',
        'amount_to_capture',
      );
    const taken = this.faults.strike('wrong_amount', 'capture') ? Math.max(1, amount - 1) : amount;
    return this.change(
      stored,
      { status: 'succeeded', amount_received: taken, amount_capturable: 0 },
      'payment_intent.succeeded',
    );
  }

  cancel(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_capture')
      throw unexpectedState(intent, 'cancel');
    const cancellation_reason = text(form, 'cancellation_reason') ?? null;
    return this.change(
      stored,
      { status: 'canceled', canceled_at: unixNow(), amount_capturable: 0, cancellation_reason },
      'payment_intent.canceled',
    );
  }

  refund(form: Form): Refund {
    const stored = this.find(text(form, 'payment_intent') ?? '');
    const { intent } = stored;
    const left = intent.amount_received - stored.refunded;
    const amount = integer(form, 'amount') ?? left;
    if (intent.status !== 'succeeded')
      throw invalid(400, 'This PaymentIntent does not have a successful charge to refund.', 'charge_not_succeeded');
    if (left <= 0) throw invalid(400, 'The charge has already been refunded.', 'charge_already_refunded');
    if (amount < 1 || amount > left)
      throw invalid(
        400,
        `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
        'amount_too_large',
        'amount',
      );
    if (this.isEmpty)
      throw invalid(400, 'Your account does not have enough to cover this refund.', 'balance_insufficient');
    const refund = newRefund(intent, amount, form);
    this.refunds.set(refund.id, refund);
    this.journal().append({ kind: 'refund', id: refund.id, value: refund });
    this.save({ ...stored, refunded: stored.refunded + amount });
    this.tell('refund.updated', refund);
    const charge = this.charges.get(intent.latest_charge!)!;
    const refunded = { ...charge, amount_refunded: stored.refunded + amount };
    this.charges.set(charge.id, refunded);
    this.journal().append({ kind: 'charge', id: charge.id, value: refunded });
    this.tell('charge.refunded', refunded);
    return refund;
  }

  private change(stored: StoredIntent, changes: Partial<PaymentIntent>, eventType: string): PaymentIntent {
    const intent = { ...stored.intent, ...changes };
    this.save({ ...stored, intent, decidedAt: null });
    this.tell(eventType, intent);
    return intent;
  }

  private save(stored: StoredIntent): void {
    this.intents.set(stored.intent.id, stored);
    this.journal().append({ kind: 'intent', id: stored.intent.id, value: stored });
  }
}
