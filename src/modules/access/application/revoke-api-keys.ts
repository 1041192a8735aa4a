import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { ApiKeys } from './api-keys.js';
import { audit, type Origin } from './audit.js';
import { Authority } from './authority.js';

export class RevokeApiKey extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

@CommandHandler(RevokeApiKey)
export class RevokeApiKeyHandler implements ICommandHandler<RevokeApiKey> {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, origin }: RevokeApiKey): Promise<void> {
    const apiKey = await this.apiKeys.lock(tx, id);
    if (!apiKey) throw new NotFound('API key', id);
    if (apiKey.revokedAt !== null) return;
    await this.apiKeys.revoke(tx, id, this.clock.now());
    await this.events.append(
      tx,
      [audit('api_key.revoked', { type: 'api_key', id }, origin, { apiKeyId: id })],
      origin.cause,
    );
  }
}

export class RevokeKeysOf extends Command<number> {
  constructor(
    readonly tx: Tx,
    readonly userId: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Revokes every key that a user made: who loses their rights may have kept some in keys. */
@CommandHandler(RevokeKeysOf)
export class RevokeKeysOfHandler implements ICommandHandler<RevokeKeysOf> {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly authority: Authority,
  ) {}

  async execute({ tx, userId, origin }: RevokeKeysOf): Promise<number> {
    await this.authority.confirm(tx, origin.caller);
    const revoked = await this.apiKeys.revokeMadeBy(tx, `user:${userId}`, this.clock.now());
    for (const id of revoked)
      await this.events.append(
        tx,
        [audit('api_key.revoked', { type: 'api_key', id }, origin, { apiKeyId: id })],
        origin.cause,
      );
    return revoked.length;
  }
}
