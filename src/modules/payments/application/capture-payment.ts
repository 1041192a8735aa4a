import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { OrderNotPayable } from '../domain/errors.js';
import { capture, type Payment } from '../domain/payment.js';
import { Payments } from './payments.js';

export class CapturePayment {
  constructor(
    /** Our id or the provider's. */
    readonly id: string,
    /** In minor units; undefined takes everything that is authorized. */
    readonly amount: number | undefined,
    readonly receipt: Receipt<Payment>,
    readonly cause: Cause,
  ) {}
}

/** Notes that authorized money is to be taken; the provider is asked by the reaction to the event. Locks: order, payment. */
@CommandHandler(CapturePayment)
export class CapturePaymentHandler implements ICommandHandler<CapturePayment, Answer> {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, amount, receipt, cause }: CapturePayment): Promise<Answer> {
    const found = await this.payments.find(id, null);
    if (!found) throw new NotFound('payment intent', id);
    return this.receipts.once(receipt, async (tx) => {
      const order = found.orderId === null ? null : await this.orders.lock(tx, found.orderId);
      const payment = (await this.payments.lock(tx, found.id))!;
      const { payment: capturing, events } = capture(payment, amount, this.clock.now());
      if (order?.status === 'canceled') throw new OrderNotPayable(order.status, order.paymentMethod);
      await this.payments.save(tx, payment, capturing);
      await this.events.append(tx, events, cause);
      return capturing;
    });
  }
}
