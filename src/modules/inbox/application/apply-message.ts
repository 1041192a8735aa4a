import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { NotYet, TransactionalConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause, type EventOf } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import { decodeUtf8 } from '#kernel/texts.js';
import type { Tx } from '#ports/tx.js';
import type { MessageEffect } from '../contract.js';
import { inboxEvent, type InboxEvents } from '../events.js';
import { InboxMetrics } from '../metrics.js';
import { MessageSources } from './message-sources.js';
import { Messages, type InboundMessage } from './messages.js';
import { notHandled } from './receive-message.js';

type MessageArrived = EventOf<InboxEvents, 'inbox.received' | 'inbox.replay_requested'>;

/**
 * Applies a stored message. One that is earlier than its payment or order waits; one that never finds it is escalated:
 * kept as unmatched, told as an event, and its outbox row becomes a dead letter.
 */
@Injectable()
export class ApplyMessage extends TransactionalConsumer<MessageArrived> {
  static readonly id = 'inbox.apply-message';
  static readonly aliases = ['ApplyNotice'];

  constructor(
    private readonly messages: Messages,
    private readonly sources: MessageSources,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly metrics: InboxMetrics,
  ) {
    super();
  }

  override sharesTransaction(event: MessageArrived): boolean {
    return this.sources.find(event.data.source)?.lockAhead !== undefined;
  }

  override async lockAhead(tx: Tx, events: readonly MessageArrived[]): Promise<void> {
    const messages = await this.messages.lockAhead(
      tx,
      events.map(({ subject }) => subject.id),
    );
    // One source after the other: each locks things of its own.
    for (const source of new Set(messages.map((message) => message.source)))
      await this.sources.find(source)?.lockAhead?.(
        tx,
        messages
          .filter((message) => message.source === source && message.rawBody.length > 0)
          .map((message) => ({ type: message.type, message: bodyOf(message) })),
      );
  }

  override async react(tx: Tx, event: MessageArrived): Promise<void> {
    const message = (await this.messages.lock(tx, event.subject.id))!;
    const cause = causeOf(event);
    const { source, type, rawBody } = message;
    const handler = this.sources.find(source);
    if (!handler?.handles(type)) return this.settle(tx, message, notHandled(type), cause);
    if (rawBody.length === 0)
      return this.settle(
        tx,
        message,
        { kind: 'ignored', detail: 'Its body was erased with the customer’s data.' },
        cause,
      );
    const effect = await handler.apply(tx, type, bodyOf(message), cause);
    if (effect.kind === 'unmatched') throw new NotYet(effect.detail);
    await this.settle(tx, message, effect, cause);
  }

  override async gaveUp(tx: Tx, event: MessageArrived, error: string): Promise<void> {
    const message = (await this.messages.lock(tx, event.subject.id))!;
    await this.settle(tx, message, { kind: 'unmatched', detail: error }, causeOf(event));
  }

  private async settle(tx: Tx, message: InboundMessage, effect: MessageEffect, cause: Cause): Promise<void> {
    const { id, source, eventId, type } = message;
    const now = this.clock.now();
    await this.messages.settle(tx, id, effect, now);
    const escalation =
      effect.kind === 'needs_review' ? 'inbox.needs_review' : effect.kind === 'unmatched' ? 'inbox.unmatched' : null;
    if (escalation) {
      const data = { messageId: id, source, eventId, messageType: type, detail: effect.detail };
      await this.events.append(tx, [inboxEvent(escalation, { type: 'inbox_message', id }, data)], cause);
    }
    this.metrics.settled(source, effect.kind, Math.max(0, now.getTime() - happenedAt(message)) / 1000);
  }
}

const parsed = new WeakMap<InboundMessage, JsonObject>();

/** A body is parsed once: it is asked for what to lock, for what to do, and for when it happened. */
function bodyOf(message: InboundMessage): JsonObject {
  const known = parsed.get(message);
  if (known) return known;
  const body = JSON.parse(decodeUtf8(message.rawBody)) as JsonObject;
  parsed.set(message, body);
  return body;
}

/** When the source says that it happened (Stripe: `created`, in seconds), or when we heard of it. */
function happenedAt(message: InboundMessage): number {
  const created = message.rawBody.length > 0 ? bodyOf(message)['created'] : undefined;
  return typeof created === 'number' && created > 0 ? created * 1000 : message.receivedAt.getTime();
}
