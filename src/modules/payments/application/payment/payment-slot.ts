import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { PayableOrder } from '#modules/orders/contract.js';
import { AmountMismatch, NothingToPay, OrderNotPayable } from '../../domain/errors.js';
import { release } from '../../domain/payment-transitions.js';
import type { Payment } from '../../domain/payment.js';
import { PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';

/** What must be so before an order gets a new payment. Its row and its payments are locked. */
@Injectable()
export class PaymentSlot {
  constructor(
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Closes earlier payments that failed: they could still be confirmed from a browser, and a new one takes their place.
   * @throws OrderNotPayable, AmountMismatch
   */
  async make(
    tx: Tx,
    order: PayableOrder,
    earlier: readonly Payment[],
    asserted: { readonly amount?: number; readonly currency?: string },
    cause: Cause,
  ): Promise<void> {
    this.assertPayable(order, asserted);
    await this.close(
      tx,
      earlier.filter(({ status, provider }) => status === 'failed' && provider === this.provider.name),
      cause,
    );
  }

  /** @throws NothingToPay, OrderNotPayable, AmountMismatch */
  assertPayable(
    order: PayableOrder,
    { amount = order.total, currency = order.currency }: { readonly amount?: number; readonly currency?: string },
  ): void {
    if (order.total === 0) throw new NothingToPay();
    if (order.status !== 'pending' || order.paymentMethod !== 'card')
      throw new OrderNotPayable(order.status, order.paymentMethod);
    if (amount !== order.total || currency !== order.currency) throw new AmountMismatch(order.total, order.currency);
  }

  /** Gives up payments that have no captured money. */
  async close(tx: Tx, unwanted: readonly Payment[], cause: Cause): Promise<void> {
    for (const payment of unwanted) {
      const { payment: released, events } = release(payment, this.clock.now());
      if (released === payment) continue;
      await this.payments.save(tx, payment, released);
      await this.events.append(tx, events, cause);
    }
  }
}
