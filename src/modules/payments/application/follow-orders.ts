import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type RecordedEvent } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders, type PayableOrder } from '#modules/orders/contract.js';
import { capture, newBalancePayment, release, type Payment } from '../domain/payment.js';
import { ApplyProviderState, isLive } from './apply-provider-state.js';
import { Payments } from './payments.js';

/** The name under which payments from balances are kept. */
export const BALANCE = 'balance';

/** A canceled order wants no money: what is open is given up, what is authorized is voided, what was captured goes back. */
@Injectable()
export class VoidPaymentOfCanceledOrder extends TransactionalConsumer {
  static readonly id = 'payments.void-of-canceled-order';
  static readonly aliases = ['VoidPaymentOfCanceledOrder'];

  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly providerStates: ApplyProviderState,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const cause = causeOf(event);
    const order = (await this.orders.lock(tx, event.subject.id))!;
    for (const payment of await this.payments.lockOfOrder(tx, event.subject.id)) {
      if (payment.status === 'succeeded') await this.giveBack(tx, payment, cause);
      const { payment: released, events } = release(payment, this.clock.now());
      if (released !== payment) await this.payments.save(tx, payment, released);
      await this.events.append(tx, events, cause);
      if (released.status === 'canceled' && payment.status !== 'canceled') await this.orders.notePayment(tx, order, 'canceled', cause);
    }
  }

  private async giveBack(tx: Tx, payment: Payment, cause: Cause): Promise<void> {
    const unwanted: Payment = { ...payment, superseded: true, version: payment.version + 1, updatedAt: this.clock.now() };
    await this.payments.save(tx, payment, unwanted);
    await this.providerStates.giveBack(tx, unwanted, 'order canceled', cause);
  }
}

/** What was paid from a balance becomes a payment: it is what refunds are made of. */
@Injectable()
export class BalancePayments {
  constructor(
    private readonly payments: Payments,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /**
   * The order is locked and its money captured. Once, whoever comes first: that the order completed and that the service
   * has taken the money may be told in either order.
   */
  async record(tx: Tx, { id: orderId, total: amount, currency }: PayableOrder, event: RecordedEvent): Promise<void> {
    if ((await this.payments.lockOfOrder(tx, orderId)).some(({ provider }) => provider === BALANCE)) return;
    const draft = { id: newId(), orderId, provider: BALANCE, amount, currency, captureMethod: 'automatic' as const, methodTypes: [] };
    const { payment, events } = newBalancePayment(draft, this.clock.now());
    await this.payments.insert(tx, payment, null);
    await this.events.append(tx, events, causeOf(event));
  }
}

/** Completing an order takes the money that was only authorized. */
@Injectable()
export class CapturePaymentOfCompletedOrder extends TransactionalConsumer {
  static readonly id = 'payments.capture-of-completed-order';
  static readonly aliases = ['CapturePaymentOfCompletedOrder'];

  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly balances: BalancePayments,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const order = (await this.orders.lock(tx, event.subject.id))!;
    if (order.paymentMethod === 'balance') {
      // Where another keeps the money, it is not here yet.
      if (order.paymentStatus === 'paid') await this.balances.record(tx, order, event);
      return;
    }
    const payment = (await this.payments.lockOfOrder(tx, event.subject.id)).find(isLive);
    if (payment?.status !== 'requires_capture' || payment.captureRequested !== null) return;
    const { payment: capturing, events } = capture(payment, undefined, this.clock.now());
    await this.payments.save(tx, payment, capturing);
    await this.events.append(tx, events, causeOf(event));
  }
}

/** The external service has taken the money that an order had blocked there. */
@Injectable()
export class RecordPaymentFromBalanceService extends TransactionalConsumer {
  static readonly id = 'payments.record-balance-payment';
  static readonly aliases = ['RecordPaymentFromKeeper'];

  constructor(
    private readonly orders: PayableOrders,
    private readonly balances: BalancePayments,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const { orderId, state } = event.data as { orderId: string; state: string };
    if (state === 'captured') await this.balances.record(tx, (await this.orders.lock(tx, orderId))!, event);
  }
}
