import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { DestinationNotAllowed } from '#kernel/destinations.js';
import { NotDelivered, Outgoing } from '#platform/outgoing/outgoing.js';
import { Settings } from '#platform/settings/settings.js';
import { WebhookClient, type Delivery } from '../application/webhook-client.js';
import { signedHeaders, type WebhookMessage } from '../domain/standard-webhooks.js';

const MAX_RETRY_AFTER_SECONDS = 86_400;

@Injectable()
export class HttpWebhookClient extends WebhookClient {
  override readonly retrySchedule: readonly number[];

  constructor(
    private readonly outgoing: Outgoing,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {
    super();
    this.retrySchedule = settings.webhookRetrySchedule;
  }

  override async post(url: string, message: WebhookMessage): Promise<Delivery> {
    const now = this.clock.now();
    try {
      const { status, retryAfter } = await this.outgoing.post(url, signedHeaders(message, this.settings.webhookSigningSecrets, now), message.body);
      if (status >= 200 && status < 300) return { kind: 'delivered' };
      if (status === 410) return { kind: 'refused', detail: 'The receiver answered 410 Gone.' };
      return { kind: 'failed', detail: `The receiver answered ${status}.`, retryAfterSeconds: secondsOf(retryAfter, now) };
    } catch (error) {
      if (error instanceof DestinationNotAllowed) return { kind: 'refused', detail: error.message };
      if (error instanceof NotDelivered) return { kind: 'failed', detail: error.message, retryAfterSeconds: null };
      throw error;
    }
  }
}

/** Retry-After in either of its spellings (RFC 9110, 10.2.3), at most a day. */
function secondsOf(retryAfter: string | null, now: Date): number | null {
  if (retryAfter === null) return null;
  const seconds = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS) : null;
}
