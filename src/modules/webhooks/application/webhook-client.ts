import type { Attempt } from '../domain/delivery.js';
import type { WebhookMessage } from '../domain/standard-webhooks.js';

export interface Posted extends Attempt {
  /**
   * gone: the receiver wants nothing, now or ever (410); not-allowed: it may not be connected to; not-attempted: no receiver was asked, for a
   * reason of our own (no file handle was left).
   */
  readonly kind: 'delivered' | 'gone' | 'not-allowed' | 'not-attempted' | 'failed';
  readonly retryAfterSeconds: number | null;
}

/** Posts signed messages to merchants. Success is 2xx only. */
export abstract class WebhookClient {
  /** Seconds to wait before each attempt, in order; when they are used up the message is given up. */
  abstract readonly retrySchedule: readonly number[];
  /** How long it is known what was delivered. */
  abstract readonly retentionMs: number;
  /** @param headers of the receiver's own, sent besides */
  abstract post(
    url: string,
    message: WebhookMessage,
    secrets: readonly string[],
    headers?: Readonly<Record<string, string>>,
  ): Promise<Posted>;
}
