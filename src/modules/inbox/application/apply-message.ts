import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { NotYet, TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type RecordedEvent } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { ProviderEvents, type MessageEffect } from '#modules/payments/contract.js';
import { inboxEvent } from '../events.js';
import { MessageMetrics, Messages, type InboundMessage } from './messages.js';

/**
 * Applies a stored notice. One that is earlier than its payment or order waits; one that never finds it is escalated:
 * kept as unmatched, told as an event, and its reaction is a dead letter.
 */
@Injectable()
export class ApplyMessage extends TransactionalConsumer {
  static readonly id = 'inbox.apply-message';
  static readonly aliases = ['ApplyNotice'];

  constructor(
    private readonly notices: Messages,
    private readonly source: ProviderEvents,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: MessageMetrics,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const notice = (await this.notices.lock(tx, event.subject.id))!;
    const cause = causeOf(event);
    const { source, type, rawBody } = notice;
    if (!this.source.handles(source, type)) {
      return this.settle(tx, notice, { kind: 'ignored', detail: `Messages of type ${type} mean nothing here.` }, cause);
    }
    if (rawBody.length === 0) return this.settle(tx, notice, { kind: 'ignored', detail: 'Its body was erased with the data of its person.' }, cause);
    const effect = await this.source.apply(tx, source, type, bodyOf(notice), cause);
    if (effect.kind === 'unmatched') throw new NotYet(effect.detail);
    await this.settle(tx, notice, effect, cause);
  }

  override async gaveUp(tx: Tx, event: RecordedEvent, error: string): Promise<void> {
    const notice = (await this.notices.lock(tx, event.subject.id))!;
    await this.settle(tx, notice, { kind: 'unmatched', detail: error }, causeOf(event));
  }

  private async settle(tx: Tx, notice: InboundMessage, effect: MessageEffect, cause: Cause): Promise<void> {
    const { id, source, eventId, type } = notice;
    const now = this.clock.now();
    await this.notices.settle(tx, id, effect, now);
    const escalation =
      effect.kind === 'needs_review' ? 'inbox.needs_review' : effect.kind === 'unmatched' ? 'inbox.unmatched' : null;
    if (escalation) {
      const data = { messageId: id, source, eventId, messageType: type, detail: effect.detail };
      await this.events.append(tx, [inboxEvent(escalation, { type: 'inbox_message', id }, data)], cause);
    }
    this.metrics.settled(source, effect.kind, Math.max(0, now.getTime() - happenedAt(notice)) / 1000);
  }
}

function bodyOf({ rawBody }: InboundMessage): JsonObject {
  return JSON.parse(rawBody.toString('utf8')) as JsonObject;
}

/** When the source says that it happened (Stripe: `created`, in seconds), or when we heard of it. */
function happenedAt(notice: InboundMessage): number {
  const created = notice.rawBody.length > 0 ? bodyOf(notice)['created'] : undefined;
  return typeof created === 'number' && created > 0 ? created * 1000 : notice.receivedAt.getTime();
}
