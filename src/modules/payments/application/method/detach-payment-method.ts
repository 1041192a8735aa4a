import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { ApplySetup } from './apply-setup.js';
import { PaymentMethods } from './payment-methods.js';

export class DetachPaymentMethod extends Command<null> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    /** Only when it is this customer's, or null for anyone's. */
    readonly customerId: string | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** It is not used any more from now on; the provider is told by the reaction to the event. Locks: the method. */
@CommandHandler(DetachPaymentMethod)
export class DetachPaymentMethodHandler implements ICommandHandler<DetachPaymentMethod> {
  constructor(
    private readonly methods: PaymentMethods,
    private readonly setups: ApplySetup,
  ) {}

  async execute({ tx, id, customerId, cause }: DetachPaymentMethod): Promise<null> {
    const method = await this.methods.lock(tx, id);
    if (!method || (customerId !== null && method.customerId !== customerId)) throw new NotFound('payment method', id);
    await this.setups.detach(tx, method, cause);
    return null;
  }
}
