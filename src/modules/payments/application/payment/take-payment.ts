import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PayableOrders, type PayableOrder } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { EventLog, type Cause } from '#ports/events.js';
import { IdempotencyKeyReused } from '#ports/idempotency.js';
import type { Tx } from '#ports/tx.js';
import { PaymentExists } from '../../domain/errors.js';
import { newPaymentAtOnce } from '../../domain/new-payment.js';
import { isLive } from '../../domain/order-payments.js';
import type { NamedMethod } from '../../domain/payment-events.js';
import type { Payment } from '../../domain/payment.js';
import { UsableMethod } from '../method/usable-method.js';
import { PaymentProvider } from '../payment-provider.js';
import { Payments, type Creator } from '../payments.js';
import { DeclineLimit } from './decline-limit.js';
import { PaymentSlot } from './payment-slot.js';

export interface PaymentRequest {
  /** The order's money when null; with an order, anything else asserts it. */
  readonly asked: { readonly amount: number | null; readonly currency: string | null };
  readonly named: NamedMethod;
  readonly orderId: string | null;
  /** Where the outcome is posted to. */
  readonly webhookUrl: string | null;
  /** Only for an order of this customer, or null for anyone's. */
  readonly customerId: string | null;
  readonly creator: Creator;
  readonly cause: Cause;
}

export class TakePayment extends Command<Payment> {
  constructor(
    readonly tx: Tx,
    readonly request: PaymentRequest,
  ) {
    super();
  }
}

/**
 * Takes a payment in one request. The provider is asked in the background, so this never waits for it. Locks: order, the
 * order's payments. Guards: payments_created_by_unique (once per key, for ever), payments_one_live_per_order.
 */
@CommandHandler(TakePayment)
export class TakePaymentHandler implements ICommandHandler<TakePayment> {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly slot: PaymentSlot,
    private readonly declines: DeclineLimit,
    private readonly usable: UsableMethod,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, request }: TakePayment): Promise<Payment> {
    const { asked, named, orderId, webhookUrl, creator, cause } = request;
    const mine = creator.id === null ? null : await this.payments.findByCreator(tx, creator.id);
    if (mine) {
      if (!mine.requestHash?.equals(creator.requestHash)) throw new IdempotencyKeyReused();
      return mine.payment;
    }
    const order = orderId === null ? null : await this.slotOf(tx, orderId, request);
    const attempt = await this.usable.of(tx, named, order);
    const draft = {
      id: newId(),
      orderId,
      provider: this.provider.name,
      amount: order?.total ?? asked.amount!,
      currency: order?.currency ?? asked.currency!,
      captureMethod: 'automatic' as const,
      methodTypes: ['card'],
    };
    const { payment, events } = newPaymentAtOnce(draft, attempt, webhookUrl, this.clock.now());
    await this.payments.insert(tx, payment, creator);
    await this.events.append(tx, events, cause);
    if (order) await this.orders.notePayment(tx, order, 'processing', null, cause);
    return payment;
  }

  /** Locks an order that may be paid, and makes room for a payment of it. */
  private async slotOf(tx: Tx, orderId: string, { asked, customerId, cause }: PaymentRequest): Promise<PayableOrder> {
    const order = await this.orders.lock(tx, orderId, customerId);
    if (!order) throw new NotFound('order', orderId);
    const earlier = await this.payments.lockOfOrder(tx, orderId);
    const live = earlier.find(isLive);
    if (live) throw new PaymentExists(live.id);
    await this.declines.check(tx, order);
    const { amount, currency } = asked;
    const asserted = { ...(amount !== null && { amount }), ...(currency !== null && { currency }) };
    await this.slot.make(tx, order, earlier, asserted, cause);
    return order;
  }
}
