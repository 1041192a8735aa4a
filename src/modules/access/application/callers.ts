import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { allScopes, type Caller } from '#ports/caller.js';
import { Clock } from '#kernel/clock.js';
import { hashOf, lookupOf } from '../domain/api-key.js';
import { ApiKeys } from './api-keys.js';
import { Tokens } from './secrets.js';

/** The one key that opens everything in the embedded demo; null where there is none. */
export class DemoKey {
  constructor(readonly value: string | null) {}
}

/** A revoked key stops working on every replica within this time; a valid one costs one query in it. */
const CACHE_MS = 3_000;
const CACHE_SIZE = 10_000;

interface Cached {
  readonly caller: Caller | null;
  readonly until: number;
}

/** Finds out who a credential belongs to: the demo key, an API key, or an access token. */
@Injectable()
export class Callers {
  private readonly demo: { hash: Buffer; caller: Caller } | null;
  /** By the credential itself: a hit costs no hash. Only what the database has been asked about gets in, and for seconds. */
  private readonly cache = new Map<string, Cached>();
  private readonly asking = new Map<string, Promise<Caller | null>>();
  private uses = new Map<string, Date>();

  constructor(
    demoKey: DemoKey,
    private readonly apiKeys: ApiKeys,
    private readonly tokens: Tokens,
    private readonly clock: Clock,
  ) {
    this.demo =
      demoKey.value === null
        ? null
        : {
            hash: hashOf(demoKey.value),
            caller: { id: 'key:demo', scopes: new Set(allScopes), customerId: null, user: null },
          };
  }

  /** Answers at once what is known, so that a cached key costs not even a turn of the event loop. */
  find(credential: string): Caller | null | Promise<Caller | null> {
    if (credential.startsWith('qk_')) return this.findKey(credential);
    if (this.demo && timingSafeEqual(hashOf(credential), this.demo.hash)) return this.demo.caller;
    return credential.length < 4096 && credential.split('.').length === 3 ? this.tokens.verify(credential) : null;
  }

  private findKey(credential: string): Caller | null | Promise<Caller | null> {
    const now = this.clock.now();
    const cached = this.cache.get(credential);
    if (cached && cached.until > now.getTime()) {
      if (cached.caller) this.uses.set(cached.caller.id, now);
      return cached.caller;
    }
    const lookup = lookupOf(credential);
    if (lookup === null) return null;
    // Many requests with one key ask the database once.
    const asked =
      this.asking.get(credential) ?? this.ask(credential, lookup).finally(() => this.asking.delete(credential));
    this.asking.set(credential, asked);
    return asked;
  }

  private async ask(credential: string, lookup: string): Promise<Caller | null> {
    const key = await this.apiKeys.findByLookup(lookup);
    const now = this.clock.now();
    const isValid =
      key !== null &&
      timingSafeEqual(key.keyHash, hashOf(credential)) &&
      key.revokedAt === null &&
      (key.expiresAt === null || key.expiresAt > now);
    const caller: Caller | null = isValid
      ? { id: `key:${key.id}`, scopes: new Set(key.scopes), customerId: null, user: null }
      : null;
    const until = Math.min(now.getTime() + CACHE_MS, key?.expiresAt?.getTime() ?? Infinity);
    this.cache.delete(credential);
    this.cache.set(credential, { caller, until });
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= CACHE_SIZE) break;
      this.cache.delete(oldest);
    }
    if (caller) this.uses.set(caller.id, now);
    return caller;
  }

  /** Writes when keys were last used, off the request path. */
  async writeUses(): Promise<void> {
    if (this.uses.size === 0) return;
    const uses = new Map([...this.uses].map(([id, at]) => [id.replace(/^key:/, ''), at]));
    this.uses = new Map();
    await this.apiKeys.noteUse(uses);
  }
}
