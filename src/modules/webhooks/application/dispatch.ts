import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { RecipientQueues } from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { messageOf } from '../domain/delivery.js';
import { Deliveries, type NewDelivery } from './deliveries.js';
import { DeliverToEndpoint } from './deliver-to-endpoint.js';
import { WebhookClient } from './webhook-client.js';

/** The one way in which events are given to endpoints: delivery, message and outbox row in one transaction. */
@Injectable()
export class Dispatch {
  constructor(
    private readonly deliveries: Deliveries,
    private readonly queues: RecipientQueues,
    private readonly client: WebhookClient,
    private readonly clock: Clock,
  ) {}

  /** Guard: webhook_deliveries_event_endpoint_unique; dispatching twice changes nothing. */
  async dispatch(tx: Tx, events: readonly RecordedEvent[], deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const wanted = new Set(deliveries.map(({ event }) => event.id));
    const messages = events
      .filter(({ id }) => wanted.has(id))
      .map((event) => ({ eventId: event.id, body: messageOf(event) }));
    const inserted = await this.deliveries.insert(tx, deliveries, messages, this.clock.now());
    await this.queue(tx, inserted, this.client.retrySchedule[0] ?? 0);
  }

  async queue(tx: Tx, deliveries: readonly NewDelivery[], delaySeconds = 0): Promise<void> {
    const rows = deliveries.map(({ event, endpointId }) => ({ eventId: event.id, recipient: endpointId }));
    await this.queues.put(tx, DeliverToEndpoint.id, rows, delaySeconds);
  }
}
