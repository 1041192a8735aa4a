import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { causeOf, EventLog, NotYet, Subscriber, type Cause, type RecordedEvent } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { ProviderNotices, type NoticeEffect } from '#modules/payments/contract.js';
import type { WebhookEventType } from '#modules/webhooks/contract.js';
import { NoticeMetrics, Notices, type Notice } from './messages.js';

/**
 * Applies a stored notice. One that is earlier than its payment or order waits; one that never finds it is escalated:
 * kept as unmatched, told as an event, and its reaction is a dead letter.
 */
@Injectable()
export class ApplyNotice extends Subscriber {
  constructor(
    private readonly notices: Notices,
    private readonly provider: ProviderNotices,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: NoticeMetrics,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const notice = (await this.notices.lock(tx, event.subject.id))!;
    const cause = causeOf(event);
    const { provider, type, rawBody } = notice;
    if (!this.provider.handles(provider, type)) {
      return this.settle(tx, notice, { kind: 'ignored', detail: `Notices of type ${type} mean nothing here.` }, cause);
    }
    if (rawBody.length === 0) return this.settle(tx, notice, { kind: 'ignored', detail: 'Its body was erased with the data of its person.' }, cause);
    const effect = await this.provider.apply(tx, provider, type, bodyOf(notice), cause);
    if (effect.kind === 'unmatched') throw new NotYet(effect.detail);
    await this.settle(tx, notice, effect, cause);
  }

  override async gaveUp(tx: Tx, event: RecordedEvent, error: string): Promise<void> {
    const notice = (await this.notices.lock(tx, event.subject.id))!;
    await this.settle(tx, notice, { kind: 'unmatched', detail: error }, causeOf(event));
  }

  private async settle(tx: Tx, notice: Notice, effect: NoticeEffect, cause: Cause): Promise<void> {
    const { id, provider, eventId, type } = notice;
    const now = this.clock.now();
    await this.notices.settle(tx, id, effect, now);
    const escalation: WebhookEventType | null = effect.kind === 'parked' ? 'notice.parked' : effect.kind === 'unmatched' ? 'notice.unmatched' : null;
    if (escalation) {
      const data = { noticeId: id, provider, eventId, noticeType: type, detail: effect.detail };
      await this.events.append(tx, [{ type: escalation, subject: { type: 'notice', id }, data }], cause);
    }
    this.metrics.settled(provider, effect.kind, Math.max(0, now.getTime() - happenedAt(notice)) / 1000);
  }
}

function bodyOf({ rawBody }: Notice): JsonObject {
  return JSON.parse(rawBody.toString('utf8')) as JsonObject;
}

/** When the provider says that it happened (Stripe: `created`, in seconds), or when we heard of it. */
function happenedAt(notice: Notice): number {
  const created = notice.rawBody.length > 0 ? bodyOf(notice)['created'] : undefined;
  return typeof created === 'number' && created > 0 ? created * 1000 : notice.receivedAt.getTime();
}
