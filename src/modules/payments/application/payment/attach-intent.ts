import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { requestVoid } from '../../domain/payment-transitions.js';
import type { Payment } from '../../domain/payment.js';
import { attach } from '../../domain/provider-state.js';
import { Payments } from '../payments.js';
import type { CreatedIntent } from './create-intent.js';

/** Writes down what the provider has made: the second half of `CreateIntent`. Locks: the payment. */
export class AttachIntent extends Command<Payment> {
  constructor(
    readonly tx: Tx,
    readonly created: CreatedIntent,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(AttachIntent)
export class AttachIntentHandler implements ICommandHandler<AttachIntent> {
  constructor(
    private readonly payments: Payments,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, created: { paymentId, heard }, cause }: AttachIntent): Promise<Payment> {
    const payment = (await this.payments.lock(tx, paymentId))!;
    if (heard === null) return payment;
    const attached = attach(payment, heard, this.clock.now());
    if (attached === payment) return payment;
    await this.payments.save(tx, payment, attached);
    // The order was canceled meanwhile: what has just been made there must not be payable.
    if (attached.status === 'canceled') await this.events.append(tx, [requestVoid(attached)], cause);
    return attached;
  }
}
