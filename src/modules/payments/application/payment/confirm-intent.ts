import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { PayableOrders } from '#modules/orders/contract.js';
import type { Tx } from '#ports/tx.js';
import { OrderNotPayable, PaymentExists } from '../../domain/errors.js';
import { otherLive } from '../../domain/order-payments.js';
import type { NamedMethod } from '../../domain/payment-events.js';
import { confirm } from '../../domain/payment-transitions.js';
import type { Payment } from '../../domain/payment.js';
import { LockedPayments } from '../locked-payments.js';
import { UsableMethod } from '../method/usable-method.js';
import { DeclineLimit } from './decline-limit.js';
import { assertOurs, PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';

export class ConfirmIntent extends Command<Payment> {
  constructor(
    readonly tx: Tx,
    /** Our id or the provider's. */
    readonly id: string,
    readonly named: NamedMethod,
    readonly customerId: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Notes that the payer wants to pay with this method. The provider is asked afterwards, by the reaction to the event. */
@CommandHandler(ConfirmIntent)
export class ConfirmIntentHandler implements ICommandHandler<ConfirmIntent> {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly declines: DeclineLimit,
    private readonly usable: UsableMethod,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, named, customerId, cause }: ConfirmIntent): Promise<Payment> {
    const { payment, order, ofOrder } = await this.locked.named(tx, id, customerId, 'payment intent');
    assertOurs(payment, this.provider, 'confirm');
    const attempt = await this.usable.of(tx, named, order);
    const { payment: confirmed, events } = confirm(payment, attempt, this.clock.now());
    if (order && order.status !== 'pending') throw new OrderNotPayable(order.status, order.paymentMethod);
    const other = otherLive(payment, ofOrder);
    if (other) throw new PaymentExists(other.id);
    await this.declines.check(tx, order);
    await this.payments.save(tx, payment, confirmed);
    await this.events.append(tx, events, cause);
    if (order) await this.orders.notePayment(tx, order, 'processing', null, cause);
    return confirmed;
  }
}
