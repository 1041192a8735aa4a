import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { DestinationNotAllowed } from '#ports/url-policy.js';
import { isOutOfHandles, NotDelivered, EgressClient } from '#platform/egress/egress-client.js';
import { WebhookSettings } from '../settings.js';
import { WebhookClient, type Posted } from '../application/webhook-client.js';
import { signedHeaders, type WebhookMessage } from '../domain/standard-webhooks.js';

@Injectable()
export class HttpWebhookClient extends WebhookClient {
  override readonly retrySchedule: readonly number[];
  override readonly retentionMs: number;

  constructor(
    private readonly outgoing: EgressClient,
    settings: WebhookSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.retrySchedule = settings.webhookRetrySchedule;
    this.retentionMs = settings.webhookRetentionDays * 86_400_000;
  }

  override async post(
    url: string,
    message: WebhookMessage,
    secrets: readonly string[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Posted> {
    const at = this.clock.now();
    try {
      const { status, retryAfter, body, milliseconds } = await this.outgoing.post(
        url,
        { ...headers, ...signedHeaders(message, secrets, at) },
        message.body,
      );
      const tried = {
        at,
        status,
        durationMs: milliseconds,
        answer: body,
        retryAfterSeconds: secondsOf(retryAfter, at),
      };
      if (status >= 200 && status < 300) return { ...tried, kind: 'delivered', error: null };
      if (status === 410) return { ...tried, kind: 'gone', error: 'The receiver answered 410 Gone.' };
      return { ...tried, kind: 'failed', error: `The receiver answered ${status}.` };
    } catch (error) {
      const unanswered = { at, status: null, durationMs: 0, answer: null, retryAfterSeconds: null };
      if (error instanceof DestinationNotAllowed) return { ...unanswered, kind: 'not-allowed', error: error.message };
      if (error instanceof NotDelivered)
        return { ...unanswered, kind: 'failed', durationMs: error.milliseconds, error: error.message };
      if (isOutOfHandles(error))
        return { ...unanswered, kind: 'not-attempted', error: 'This process has no file handles left (ulimit -n).' };
      throw error;
    }
  }
}

/** Retry-After in either of its spellings (RFC 9110, 10.2.3). */
function secondsOf(retryAfter: string | null, now: Date): number | null {
  if (retryAfter === null) return null;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(retryAfter)) return null;
  const seconds = (Date.parse(retryAfter) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : null;
}
