import { Injectable } from '@nestjs/common';
import { TransactionalConsumer } from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Dispatch } from './dispatch.js';

/** Gives a test to the one endpoint that it is for. */
@Injectable()
export class SendTestToEndpoint extends TransactionalConsumer {
  static readonly id = 'webhooks.send-test';
  static readonly aliases = ['SendTestToEndpoint'];

  constructor(private readonly dispatch: Dispatch) {
    super();
  }

  override react(tx: Tx, event: RecordedEvent): Promise<void> {
    return this.dispatch.dispatch(tx, [event], [{ event, endpointId: event.subject.id }]);
  }
}
