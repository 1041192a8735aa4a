import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { UrlPolicy } from '#ports/url-policy.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { IdempotencyKeyReused, Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { PaymentExists } from '../domain/errors.js';
import { newPaymentAtOnce, type Payment } from '../domain/payment.js';
import { isLive } from './apply-provider-state.js';
import { PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';
import { PaymentSlot } from './payment-slot.js';

export class TakePayment {
  constructor(
    readonly payment: { readonly amount: number; readonly currency: string; readonly paymentMethodId: string },
    readonly orderId: string | null,
    /** Where the outcome is posted to. */
    readonly webhookUrl: string | null,
    readonly customerId: string | null,
    readonly receipt: Receipt<Payment>,
    readonly cause: Cause,
  ) {}
}

/**
 * Takes a payment in one request. The provider is asked in the background, so this never waits for it. One transaction:
 * receipt, order, the order's payments. Guards: idempotency_records_pkey and payments_created_by_unique (once per key, for ever),
 * payments_one_live_per_order.
 */
@CommandHandler(TakePayment)
export class TakePaymentHandler implements ICommandHandler<TakePayment, Answer> {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly room: PaymentSlot,
    private readonly provider: PaymentProvider,
    private readonly destinations: UrlPolicy,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute(command: TakePayment): Promise<Answer> {
    const { receipt, webhookUrl } = command;
    if (webhookUrl === null) return this.receipts.once(receipt, (tx) => this.take(tx, command));
    const remembered = await this.receipts.find(receipt);
    if (remembered) return remembered;
    const refusal = await this.destinations.refusal(webhookUrl); // may ask the DNS, so not inside the transaction
    return this.receipts.once(receipt, async (tx) => {
      if (refusal) throw refusal;
      return this.take(tx, command);
    });
  }

  private async take(tx: Tx, { payment: asked, orderId, webhookUrl, customerId, receipt, cause }: TakePayment): Promise<Payment> {
    const mine = receipt.id === null ? null : await this.payments.findByCreator(tx, receipt.id);
    if (mine) {
      if (!mine.requestHash?.equals(receipt.requestHash)) throw new IdempotencyKeyReused();
      return mine.payment;
    }
    const order = orderId === null ? null : await this.orders.lock(tx, orderId, customerId);
    if (orderId !== null) {
      if (!order) throw new NotFound('order', orderId);
      const earlier = await this.payments.lockOfOrder(tx, orderId);
      const live = earlier.find(isLive);
      if (live) throw new PaymentExists(live.id);
      await this.room.make(tx, order, earlier, asked, cause);
    }
    const draft = {
      id: newId(),
      orderId,
      provider: this.provider.name,
      amount: asked.amount,
      currency: asked.currency,
      captureMethod: 'automatic' as const,
      methodTypes: ['card'],
    };
    const { payment, events } = newPaymentAtOnce(draft, asked.paymentMethodId, webhookUrl, this.clock.now());
    await this.payments.insert(tx, payment, { receiptId: receipt.id, requestHash: receipt.requestHash });
    await this.events.append(tx, events, cause);
    if (order) await this.orders.notePayment(tx, order, 'processing', cause);
    return payment;
  }
}
