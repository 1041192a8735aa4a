import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { mustBeEnabled } from '../domain/endpoint.js';
import { newWebhookEvent } from '../events.js';
import { Endpoints } from './endpoints.js';

export interface TestRequested {
  readonly eventId: string;
  readonly endpointId: string;
}

export class TestEndpoint extends Command<TestRequested> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

/** Sends `webhook.test` to one endpoint, whatever it is subscribed to. */
@CommandHandler(TestEndpoint)
export class TestEndpointHandler implements ICommandHandler<TestEndpoint> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, cause }: TestEndpoint): Promise<TestRequested> {
    const endpoint = await this.endpoints.lockOne(tx, id);
    mustBeEnabled(endpoint);
    const data = { endpointId: id, message: 'This is a test.' };
    const [eventId] = await this.events.append(
      tx,
      [newWebhookEvent('webhook.test', { type: 'webhook_endpoint', id }, data)],
      cause,
    );
    return { eventId: eventId!, endpointId: id };
  }
}
