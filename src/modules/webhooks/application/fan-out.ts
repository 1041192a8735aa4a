import { Injectable } from '@nestjs/common';
import { BatchConsumer } from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { matches } from '../domain/endpoint.js';
import { Dispatch } from './dispatch.js';
import { Endpoints } from './endpoints.js';

/** Gives each event to every endpoint that wants its type. Paused endpoints get theirs too; it waits for them. */
@Injectable()
export class FanOutToEndpoints extends BatchConsumer {
  static readonly id = 'webhooks.fan-out';
  static readonly aliases = ['FanOutToEndpoints'];

  constructor(
    private readonly endpoints: Endpoints,
    private readonly dispatch: Dispatch,
  ) {
    super();
  }

  override async reactAll(tx: Tx, events: readonly RecordedEvent[]): Promise<void> {
    const open = (await this.endpoints.allIn(tx)).filter(({ status }) => status !== 'disabled');
    const deliveries = events.flatMap((event) =>
      open
        .filter((endpoint) => matches(endpoint.events, event.type))
        .map((endpoint) => ({ event, endpointId: endpoint.id })),
    );
    await this.dispatch.dispatch(tx, events, deliveries);
  }
}
