import { Injectable } from '@nestjs/common';
import type { PayableOrder } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { newBalancePayment } from '../../domain/new-payment.js';
import { BALANCE } from '../../domain/payment.js';
import { Payments } from '../payments.js';

/** What was paid from a balance becomes a payment: it is what refunds are made of. */
@Injectable()
export class BalancePayments {
  constructor(
    private readonly payments: Payments,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /**
   * The order is locked and its money captured. Once, in either order: that the order completed and that the service
   * has taken the money may be told in either order.
   */
  async record(tx: Tx, { id: orderId, total: amount, currency }: PayableOrder, cause: Cause): Promise<void> {
    if ((await this.payments.lockOfOrder(tx, orderId)).some(({ provider }) => provider === BALANCE)) return;
    const draft = {
      id: newId(),
      orderId,
      provider: BALANCE,
      amount,
      currency,
      captureMethod: 'automatic' as const,
      methodTypes: [],
    };
    const { payment, events } = newBalancePayment(draft, this.clock.now());
    await this.payments.insert(tx, payment, null);
    await this.events.append(tx, events, cause);
  }
}
