import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { DomainError } from '#kernel/errors.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { batchLimits } from '#ports/batch.js';
import type { Caller } from '#ports/caller.js';
import type { Cause } from '#ports/events.js';
import { IdempotentRequests, type Answer, type IdempotentBatch, type IdempotentRequest } from '#ports/idempotency.js';
import { ConfirmIntent } from '../application/payment/confirm-intent.js';
import { PaymentsAhead } from '../application/payment/payments-ahead.js';
import { TakePayment, type PaymentRequest } from '../application/payment/take-payment.js';
import type { NamedMethod } from '../domain/payment-events.js';
import type { Payment } from '../domain/payment.js';
import { PaymentMetrics } from '../metrics.js';
import { acceptedPayment } from './accepted-payment.js';

const beforeCommit = defineFailpoint('accept-payment.before-commit');
const afterCommit = defineFailpoint('accept-payment.after-commit');

interface Taking {
  readonly caller: Caller;
  readonly request: PaymentRequest;
  /** Why the outcome cannot be posted where it is asked for. */
  readonly refusal: DomainError | null;
}

interface Confirmation {
  readonly caller: Caller;
  /** Our id or the provider's. */
  readonly id: string;
  readonly named: NamedMethod;
  readonly cause: Cause;
}

/** Payments and confirmations that arrive while a transaction is under way are accepted together in the next one. */
@Injectable()
export class PaymentQueue implements OnApplicationShutdown {
  private readonly taking: IdempotentBatch<Taking>;
  private readonly confirming: IdempotentBatch<Confirmation>;

  constructor(requests: IdempotentRequests, commands: CommandBus, ahead: PaymentsAhead, metrics: PaymentMetrics) {
    const options = {
      ...batchLimits,
      onBatch: (size: number) => metrics.batch(size),
      beforeCommit,
      afterCommit,
    };
    const present = ({ caller, payment }: { caller: Caller; payment: Payment }) => acceptedPayment(caller)(payment);
    this.taking = requests.shared<Taking, { caller: Caller; payment: Payment }>(
      {
        lockAhead: (tx, members, lockTimeoutMs) =>
          ahead.ofRequests(
            tx,
            members.map(({ request }) => request),
            lockTimeoutMs,
          ),
        execute: async (tx, { caller, request, refusal }) => {
          if (refusal) throw refusal;
          return { caller, payment: await commands.execute(new TakePayment(tx, request)) };
        },
      },
      present,
      options,
    );
    this.confirming = requests.shared<Confirmation, { caller: Caller; payment: Payment }>(
      {
        lockAhead: (tx, members, lockTimeoutMs) => ahead.ofConfirmations(tx, members, lockTimeoutMs),
        execute: async (tx, { caller, id, named, cause }) => ({
          caller,
          payment: await commands.execute(new ConfirmIntent(tx, id, named, caller.customerId, cause)),
        }),
      },
      present,
      options,
    );
  }

  take(request: IdempotentRequest, taking: Taking): Promise<Answer> {
    return this.taking.submit(request, taking);
  }

  confirm(request: IdempotentRequest, confirmation: Confirmation): Promise<Answer> {
    return this.confirming.submit(request, confirmation);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.taking.stop(), this.confirming.stop()]);
  }
}
