import { Injectable } from '@nestjs/common';
import { Completion, PayableOrders, type MoneyTaker } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { Unavailable } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { isLive } from '../../domain/order-payments.js';
import { capture } from '../../domain/payment-transitions.js';
import { PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';

const PATIENCE_MS = 10_000;
const LOOK_MS = 50;

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/**
 * Captures what is authorized for an order before the order is completed, so that completing never outruns the money. The
 * capture is asked for in a transaction of its own (locks: order, its payments) and made by the reaction to its event; this
 * waits for the answer. A crash in between leaves an order that is paid and pending, never one that is completed and not paid.
 */
@Injectable()
export class TakePromisedMoney implements MoneyTaker {
  constructor(
    completion: Completion,
    private readonly transactions: Transactions,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    completion.register(this);
  }

  async take(orderId: string, cause: Cause): Promise<void> {
    const paymentId = await this.transactions.run(async (tx) => {
      const order = await this.orders.lock(tx, orderId);
      if (order?.status !== 'pending' || order.paymentStatus !== 'authorized') return null;
      const payment = (await this.payments.lockOfOrder(tx, orderId)).find(isLive);
      if (payment?.status !== 'requires_capture' || payment.provider !== this.provider.name) return null;
      if (payment.captureRequested !== null) return payment.id; // asked for before, and not answered yet
      const { payment: capturing, events } = capture(payment, undefined, this.clock.now());
      await this.payments.save(tx, payment, capturing);
      await this.events.append(tx, events, cause);
      return payment.id;
    });
    if (paymentId !== null) await this.outcomeOf(paymentId);
  }

  private async outcomeOf(paymentId: string): Promise<void> {
    for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await pause()) {
      const payment = await this.payments.find(paymentId, null);
      if (payment?.status !== 'requires_capture' || payment.captureRequested === null) return;
    }
    throw new Unavailable('The payment provider has not captured the money yet. Complete the order again later.', 5);
  }
}
