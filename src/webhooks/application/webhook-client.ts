import type { WebhookMessage } from '../domain/standard-webhooks.js';

export type Delivery =
  | { readonly kind: 'delivered' }
  /** The receiver does not want it, now or ever (410), or may not be connected to. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string; readonly retryAfterSeconds: number | null };

/** Posts signed messages to merchants. Success is 2xx only. */
export abstract class WebhookClient {
  /** Seconds to wait after each failed attempt, in order; when they are used up the message is given up. */
  abstract readonly retrySchedule: readonly number[];
  abstract post(url: string, message: WebhookMessage): Promise<Delivery>;
}
