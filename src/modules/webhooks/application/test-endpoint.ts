import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { mustBeEnabled } from '../domain/endpoint.js';
import { newWebhookEvent } from '../events.js';
import { Endpoints } from './endpoints.js';

export interface TestRequested {
  readonly eventId: string;
  readonly endpointId: string;
}

export class TestEndpoint {
  constructor(
    readonly id: string,
    readonly receipt: Receipt<TestRequested>,
    readonly cause: Cause,
  ) {}
}

/** Sends `webhook.test` to one endpoint, whatever it is subscribed to. */
@CommandHandler(TestEndpoint)
export class TestEndpointHandler implements ICommandHandler<TestEndpoint, Answer> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
  ) {}

  execute({ id, receipt, cause }: TestEndpoint): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const endpoint = await this.endpoints.lockOne(tx, id);
      mustBeEnabled(endpoint);
      const data = { endpointId: id, message: 'This is a test.' };
      const [eventId] = await this.events.append(tx, [newWebhookEvent('webhook.test', { type: 'webhook_endpoint', id }, data)], cause);
      return { eventId: eventId!, endpointId: id };
    });
  }
}
