import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Scope } from '#ports/caller.js';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { generateKey, hashOf, type ApiKey } from '../domain/api-key.js';
import { audit, type Origin } from './audit.js';

/** Where API keys are kept. */
export abstract class ApiKeys {
  abstract findByLookup(lookup: string): Promise<ApiKey | null>;
  abstract list(afterId: string | null, limit: number): Promise<ApiKey[]>;
  abstract lock(tx: Tx, id: string): Promise<ApiKey | null>;
  abstract insert(tx: Tx, key: ApiKey): Promise<void>;
  abstract revoke(tx: Tx, id: string, at: Date): Promise<void>;
  /** Written in passing, for many keys at once. */
  abstract noteUse(uses: ReadonlyMap<string, Date>): Promise<void>;
}

/** The middle part of new keys: live, dev or test. */
export class KeyEnvironment {
  constructor(readonly name: string) {}
}

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
  ) {}

  async execute({ tx, name, scopes, expiresAt, origin }: CreateApiKey): Promise<{ apiKey: ApiKey; key: string }> {
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
