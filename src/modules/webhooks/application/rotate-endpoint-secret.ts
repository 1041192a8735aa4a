import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { rotateSecret, type Endpoint } from '../domain/endpoint.js';
import { newSecret, newSigningKey } from './create-endpoint.js';
import { Endpoints } from './endpoints.js';

export class RotateEndpointSecret extends Command<Endpoint> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(RotateEndpointSecret)
export class RotateEndpointSecretHandler implements ICommandHandler<RotateEndpointSecret> {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, cause }: RotateEndpointSecret): Promise<Endpoint> {
    const endpoint = await this.endpoints.lockOne(tx, id);
    const rotated = rotateSecret(
      endpoint,
      { secret: newSecret(), signingKey: endpoint.signingKey === null ? null : newSigningKey() },
      this.clock.now(),
    );
    await this.endpoints.save(tx, rotated.endpoint);
    await this.events.append(tx, [rotated.event], cause);
    return rotated.endpoint;
  }
}
