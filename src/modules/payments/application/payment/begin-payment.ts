import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { newPayment } from '../../domain/new-payment.js';
import type { CaptureMethod, Payment } from '../../domain/payment.js';
import { PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';

/** A payment of an order with a given id. The relay creates its intent at the provider, or its confirmation does. */
export class BeginPayment extends Command<Payment> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly orderId: string,
    readonly captureMethod: CaptureMethod,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Locks: order. Guard: payments_one_live_per_order. */
@CommandHandler(BeginPayment)
export class BeginPaymentHandler implements ICommandHandler<BeginPayment> {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, orderId, captureMethod, cause }: BeginPayment): Promise<Payment> {
    const { total: amount, currency } = (await this.orders.lock(tx, orderId))!;
    const provider = this.provider.name;
    const draft = { id, orderId, provider, amount, currency, captureMethod, methodTypes: ['card'] };
    const { payment, events } = newPayment(draft, this.clock.now());
    await this.payments.insert(tx, payment, null);
    await this.events.append(tx, events, cause);
    return payment;
  }
}
