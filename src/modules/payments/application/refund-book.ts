import { Injectable } from '@nestjs/common';
import { Ledger } from '#modules/balances/contract.js';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { isFullyRefunded } from '../domain/order-payments.js';
import type { Payment } from '../domain/payment.js';
import { requestRefund, type RefundChange } from '../domain/refund.js';
import { refundMovement, type RefundMovement } from './ledger-movements.js';
import { PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';
import { Refunds } from './refunds.js';

/** The one write for a new refund: what it takes from its payment, the refund, its ledger movements, its events. */
@Injectable()
export class RefundBook {
  constructor(
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly provider: PaymentProvider,
    private readonly ledger: Ledger,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** @param before the payment as it was locked */
  async enter(
    tx: Tx,
    before: Payment,
    change: RefundChange,
    cause: Cause,
    movements: readonly RefundMovement[] = ['refund_due'],
  ): Promise<void> {
    await this.payments.save(tx, before, change.payment);
    await this.refunds.insert(tx, change.refund);
    for (const kind of movements) await this.ledger.book(tx, refundMovement(kind, before, change.refund));
    await this.events.append(tx, change.events, cause);
  }

  /**
   * Requests a refund of everything that was captured and is not on its way back yet, nor disputed. The payment is locked.
   * @returns the payment afterwards
   */
  async giveBack(tx: Tx, payment: Payment, reason: string, cause: Cause): Promise<Payment> {
    if (isFullyRefunded(payment)) return payment;
    const by = this.provider.name === payment.provider ? 'provider' : 'person';
    const change = requestRefund(payment, newId(), undefined, reason, by, this.clock.now());
    await this.enter(tx, payment, change, cause);
    return change.payment;
  }
}
