import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Scope } from '#ports/caller.js';
import { Clock } from '#kernel/clock.js';
import { EventLog } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { generateKey, hashOf, type ApiKey } from '../domain/api-key.js';
import { ApiKeys, KeyEnvironment } from './api-keys.js';
import { audit, type Origin } from './audit.js';
import { Authority } from './authority.js';

export class CreateApiKey extends Command<{ apiKey: ApiKey; key: string }> {
  constructor(
    readonly tx: Tx,
    readonly name: string,
    readonly scopes: readonly Scope[],
    readonly expiresAt: Date | null,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Makes a key. It is in the answer once and nowhere else, so this answer is not remembered for repetitions either. */
@CommandHandler(CreateApiKey)
export class CreateApiKeyHandler implements ICommandHandler<CreateApiKey> {
  constructor(
    private readonly apiKeys: ApiKeys,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly environment: KeyEnvironment,
    private readonly authority: Authority,
  ) {}

  async execute({ tx, name, scopes, expiresAt, origin }: CreateApiKey): Promise<{ apiKey: ApiKey; key: string }> {
    await this.authority.confirm(tx, origin.caller);
    const { key, lookup } = generateKey(this.environment.name);
    const apiKey: ApiKey = {
      id: newId(),
      lookup,
      keyHash: hashOf(key),
      name,
      scopes,
      createdBy: origin.caller ?? 'system',
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
      createdAt: this.clock.now(),
    };
    await this.apiKeys.insert(tx, apiKey);
    const event = audit('api_key.created', { type: 'api_key', id: apiKey.id }, origin, {
      apiKeyId: apiKey.id,
      name,
      scopes,
    });
    await this.events.appendFirst(tx, [{ ...event, cause: origin.cause }]);
    return { apiKey, key };
  }
}
