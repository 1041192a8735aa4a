import { integer, invalid } from './answers.js';
import { text, type Form } from './form.js';
import { newRefund } from './new-objects.js';
import type { Refund } from './objects.js';
import type { Store, Tell } from './store.js';
import { refundFateOf } from './test-cards.js';

/** Refunds: most are done at once; those to some cards take their time, and some come back. */
export class Refunds {
  private readonly timers = new Set<NodeJS.Timeout>();
  isEmpty = false;

  constructor(
    private readonly delayMs: number,
    private readonly store: Store,
    private readonly tell: Tell,
  ) {}

  start(): void {
    for (const refund of this.store.refunds.values()) this.schedule(refund);
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  create(form: Form): Refund {
    const charge = text(form, 'charge');
    const stored = this.store.intent(
      text(form, 'payment_intent') ?? (charge ? this.store.charge(charge).payment_intent : ''),
    );
    const { intent } = stored;
    const left = intent.amount_received - stored.refunded;
    const amount = integer(form, 'amount') ?? left;
    if (intent.status !== 'succeeded')
      throw invalid(400, 'This PaymentIntent does not have a successful charge to refund.', 'charge_not_succeeded');
    if (left <= 0) throw invalid(400, 'The charge has already been refunded.', 'charge_already_refunded');
    const of = this.store.charge(intent.latest_charge!);
    if (of.disputed) throw invalid(400, 'The charge has been charged back, and cannot be refunded.', 'charge_disputed');
    if (amount < 1 || amount > left)
      throw invalid(
        400,
        `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`,
        'amount_too_large',
        'amount',
      );
    if (this.isEmpty)
      throw invalid(400, 'Your account does not have enough to cover this refund.', 'balance_insufficient');
    const fate = refundFateOf(intent.payment_method && this.store.cardOf(intent.payment_method));
    const refund = this.store.saveRefund(newRefund(intent, amount, form, fate === 'pending' ? 'pending' : 'succeeded'));
    this.tell('refund.created', refund);
    this.tell('refund.updated', refund);
    this.move(intent.id, amount);
    this.schedule(refund);
    return refund;
  }

  /** What is said weeks later: the payer's bank does not take it. */
  fail(id: string): Refund {
    const refund = this.store.refund(id);
    if (refund.status === 'failed') return refund;
    const failed = this.store.saveRefund({
      ...refund,
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    });
    this.tell('refund.failed', failed);
    this.tell('refund.updated', failed);
    this.move(failed.payment_intent, -failed.amount);
    return failed;
  }

  private schedule(refund: Refund): void {
    const { payment_method: method, status, id } = refund;
    const fate = refundFateOf(method && this.store.cardOf(method));
    const isLeft = fate === 'pending' ? status === 'pending' : fate === 'fails' && status === 'succeeded';
    if (!isLeft) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (fate === 'fails') this.fail(id);
      else this.tell('refund.updated', this.store.saveRefund({ ...this.store.refund(id), status: 'succeeded' }));
    }, this.delayMs);
    this.timers.add(timer);
  }

  private move(intentId: string, amount: number): void {
    const stored = this.store.intent(intentId);
    const refunded = stored.refunded + amount;
    this.store.saveIntent({ ...stored, refunded });
    const charge = this.store.charge(stored.intent.latest_charge!);
    const after = this.store.saveCharge({
      ...charge,
      amount_refunded: refunded,
      refunded: refunded === charge.amount_captured,
    });
    this.tell('charge.refunded', after);
  }
}
