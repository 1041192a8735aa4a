import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, Subscriber, type Cause, type RecordedEvent } from '#kernel/events.js';
import type { Tx } from '#kernel/tx.js';
import { PayableOrders } from '#orders/contract.js';
import { abandon, requestCapture, requestVoid, type Payment } from '../domain/payment.js';
import { ApplyVerdict } from './apply-verdict.js';
import { Payments } from './payments.js';

/** A canceled order wants no money: what is open is given up, what is authorized is voided, what was captured goes back. */
@Injectable()
export class VoidPaymentOfCanceledOrder extends Subscriber {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly verdicts: ApplyVerdict,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const cause = { requestId: event.requestId, causedBy: event.id };
    const order = (await this.orders.lock(tx, event.subject.id))!;
    for (const payment of await this.payments.lockOfOrder(tx, event.subject.id)) {
      await this.release(tx, payment, cause);
      if (payment.status === 'requires_payment_method' || payment.status === 'failed') await this.orders.notePayment(tx, order, 'canceled', cause);
    }
  }

  private async release(tx: Tx, payment: Payment, cause: Cause): Promise<void> {
    switch (payment.status) {
      case 'requires_payment_method':
      case 'failed': {
        const change = abandon(payment, this.clock.now());
        await this.payments.save(tx, payment, change.payment);
        return this.events.append(tx, change.events, cause);
      }
      case 'processing':
      case 'requires_capture':
        return this.events.append(tx, [requestVoid(payment)], cause);
      case 'succeeded':
        return this.verdicts.giveBack(tx, payment, 'order canceled', cause);
      case 'canceled':
        return undefined;
    }
  }
}

/** Completing an order takes the money that was only authorized. */
@Injectable()
export class CapturePaymentOfCompletedOrder extends Subscriber {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    await this.orders.lock(tx, event.subject.id);
    const authorized = (await this.payments.lockOfOrder(tx, event.subject.id)).filter((payment) => payment.status === 'requires_capture');
    await this.events.append(tx, authorized.map(requestCapture), { requestId: event.requestId, causedBy: event.id });
  }
}
