import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { rotateSecret, type Endpoint } from '../domain/endpoint.js';
import { newSecret } from './create-endpoint.js';
import { Endpoints } from './endpoints.js';

export class RotateEndpointSecret {
  constructor(
    readonly id: string,
    readonly receipt: Receipt<Endpoint>,
    readonly cause: Cause,
  ) {}
}

@CommandHandler(RotateEndpointSecret)
export class RotateEndpointSecretHandler implements ICommandHandler<RotateEndpointSecret, Answer> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  execute({ id, receipt, cause }: RotateEndpointSecret): Promise<Answer> {
    return this.receipts.once(receipt, async (tx) => {
      const endpoint = await this.endpoints.lockOne(tx, id);
      const rotated = rotateSecret(endpoint, newSecret(), this.clock.now());
      await this.endpoints.save(tx, rotated.endpoint);
      await this.events.append(tx, [rotated.event], cause);
      return rotated.endpoint;
    });
  }
}
