import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { OrderNotPayable, PaymentExists } from '../domain/errors.js';
import { confirm, type Payment } from '../domain/payment.js';
import { isLive } from './apply-provider-state.js';
import { assertOurs, PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';

export class ConfirmIntent {
  constructor(
    /** Our id or the provider's. */
    readonly id: string,
    readonly paymentMethodId: string,
    readonly customerId: string | null,
    readonly receipt: Receipt<Payment>,
    readonly cause: Cause,
  ) {}
}

/** Notes that the payer wants to pay with this method. The provider is asked afterwards, by the reaction to the event. */
@CommandHandler(ConfirmIntent)
export class ConfirmIntentHandler implements ICommandHandler<ConfirmIntent, Answer> {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ id, paymentMethodId, customerId, receipt, cause }: ConfirmIntent): Promise<Answer> {
    const found = await this.payments.find(id, customerId);
    if (!found) throw new NotFound('payment intent', id);
    const { orderId } = found;
    return this.receipts.once(receipt, async (tx) => {
      const order = orderId === null ? null : (await this.orders.lock(tx, orderId))!;
      const siblings = orderId === null ? [] : await this.payments.lockOfOrder(tx, orderId);
      const payment = siblings.find((sibling) => sibling.id === found.id) ?? (await this.payments.lock(tx, found.id))!;
      assertOurs(payment, this.provider, 'confirm');
      const { payment: confirmed, events } = confirm(payment, paymentMethodId, this.clock.now());
      if (order && order.status !== 'pending') throw new OrderNotPayable(order.status, order.paymentMethod);
      const other = siblings.find((sibling) => sibling.id !== payment.id && isLive(sibling));
      if (other) throw new PaymentExists(other.id);
      await this.payments.save(tx, payment, confirmed);
      await this.events.append(tx, events, cause);
      if (order) await this.orders.notePayment(tx, order, 'processing', cause);
      return confirmed;
    });
  }
}
