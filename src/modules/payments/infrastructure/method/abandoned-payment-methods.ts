import { Injectable } from '@nestjs/common';
import { EventLog, systemCause } from '#ports/events.js';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import type { Tx } from '#ports/tx.js';
import { PaymentMethods } from '../../application/method/payment-methods.js';
import { UNFINISHED_MS } from '../../application/method/save-payment-method.js';
import { detach } from '../../domain/payment-method.js';

/** Payment methods whose payer began to save them and did not finish: their setups are canceled. */
@Injectable()
export class AbandonedPaymentMethods implements HousekeepingTask {
  readonly name = 'abandoned_payment_methods';

  constructor(
    private readonly methods: PaymentMethods,
    private readonly events: EventLog,
    housekeeping: Housekeeping,
  ) {
    housekeeping.register(this);
  }

  async run(tx: Tx, now: Date, limit: number): Promise<number> {
    const abandoned = await this.methods.lockAbandoned(tx, new Date(now.getTime() - UNFINISHED_MS), limit);
    for (const method of abandoned) {
      const { method: detached, events } = detach(method, now);
      await this.methods.save(tx, method, detached);
      await this.events.append(tx, events, systemCause('housekeeping'));
    }
    return abandoned.length;
  }
}
