import { Injectable } from '@nestjs/common';
import { systemCause } from '#ports/events.js';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import type { Tx } from '#ports/tx.js';
import { ApplySetup } from '../../application/method/apply-setup.js';
import { PaymentMethods } from '../../application/method/payment-methods.js';
import { UNFINISHED_MS } from '../../application/method/save-payment-method.js';

/** Payment methods whose payer began to save them and did not finish: their setups are canceled. */
@Injectable()
export class AbandonedPaymentMethods implements HousekeepingTask {
  readonly name = 'abandoned_payment_methods';

  constructor(
    private readonly methods: PaymentMethods,
    private readonly setups: ApplySetup,
    housekeeping: Housekeeping,
  ) {
    housekeeping.register(this);
  }

  async run(tx: Tx, now: Date, limit: number): Promise<number> {
    const abandoned = await this.methods.lockAbandoned(tx, new Date(now.getTime() - UNFINISHED_MS), limit);
    for (const method of abandoned) await this.setups.detach(tx, method, systemCause('housekeeping'));
    return abandoned.length;
  }
}
