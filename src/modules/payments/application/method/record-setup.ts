import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { PaymentMethod } from '../../domain/payment-method.js';
import { ApplySetup } from './apply-setup.js';
import type { AskedSetup } from './save-payment-method.js';

/** Writes down what the provider has answered: the second half of `SavePaymentMethod`. Locks: the method. */
export class RecordSetup extends Command<PaymentMethod> {
  constructor(
    readonly tx: Tx,
    readonly asked: AskedSetup,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(RecordSetup)
export class RecordSetupHandler implements ICommandHandler<RecordSetup> {
  constructor(private readonly setups: ApplySetup) {}

  execute({ tx, asked: { methodId, heard }, cause }: RecordSetup): Promise<PaymentMethod> {
    return this.setups.applyTo(tx, methodId, heard, cause);
  }
}
