import { Injectable } from '@nestjs/common';
import type { BalanceEvents } from '#modules/balances/events.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, type EventOf } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { BalancePayments } from './balance-payments.js';

type HoldSettled = EventOf<BalanceEvents, 'balance.hold_settled'>;

/** The external service has taken the money that an order had blocked there. */
@Injectable()
export class RecordPaymentFromBalanceService extends TransactionalConsumer<HoldSettled> {
  static readonly id = 'payments.record-balance-payment';
  static readonly aliases = ['RecordPaymentFromKeeper'];

  constructor(
    private readonly orders: PayableOrders,
    private readonly balances: BalancePayments,
  ) {
    super();
  }

  override async react(tx: Tx, event: HoldSettled): Promise<void> {
    const { orderId, state } = event.data;
    if (state === 'captured') await this.balances.record(tx, (await this.orders.lock(tx, orderId))!, causeOf(event));
  }
}
