import { Injectable } from '@nestjs/common';
import { RetryIn, ExternalCallConsumer } from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { OutcomeAddresses } from '#modules/payments/contract.js';
import { secondsUntilNext } from '../domain/delivery.js';
import { WebhookClient } from './webhook-client.js';

const MAX_AT_ONCE_PER_HOST = 4;

/** Posts the outcome of a payment to the address that its request named, signed, the same bytes at every attempt. */
@Injectable()
export class PostPaymentOutcome extends ExternalCallConsumer<void> {
  static readonly id = 'webhooks.post-payment-outcome';
  static readonly aliases = ['PostPaymentOutcome'];

  /** Posts under way, by host. */
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly addresses: OutcomeAddresses,
    private readonly client: WebhookClient,
  ) {
    super();
  }

  override async call(event: RecordedEvent, attempt: number): Promise<void> {
    const url = await this.addresses.of(event.subject.id);
    if (url === null) return;
    const { host } = new URL(url);
    // A receiver that hangs keeps its own outcomes waiting, never another's.
    const here = this.underWay.get(host) ?? 0;
    if (here >= MAX_AT_ONCE_PER_HOST)
      throw new RetryIn('Its receiver is busy with others.', 0.2 + Math.random(), false);
    this.underWay.set(host, here + 1);
    try {
      await this.post(url, event, attempt);
    } finally {
      const left = this.underWay.get(host)! - 1;
      if (left === 0) this.underWay.delete(host);
      else this.underWay.set(host, left);
    }
  }

  private async post(url: string, event: RecordedEvent, attempt: number): Promise<void> {
    const { outcome, ...payment } = event.data;
    const data = { id: event.subject.id, ...payment };
    const body = JSON.stringify({
      id: event.id,
      type: outcome,
      timestamp: event.occurredAt.toISOString(),
      sequence: event.sequence,
      data,
    });
    const message = { id: event.id, body: Buffer.from(body) };
    const posted = await this.client.post(url, message, this.addresses.signingSecrets);
    if (posted.kind === 'delivered') return;
    const error = posted.error ?? 'It failed.';
    if (posted.kind === 'not-attempted') throw new RetryIn(error, 5, false);
    // What does not want it, or must not be connected to, is not asked again.
    if (posted.kind !== 'failed') throw new RetryIn(error, null);
    throw new RetryIn(
      error,
      secondsUntilNext(this.client.retrySchedule, attempt, posted.retryAfterSeconds, Math.random()),
    );
  }

  override async record(_tx: Tx): Promise<void> {}
}
