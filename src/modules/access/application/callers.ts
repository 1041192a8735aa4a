import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { allScopes, scopesOfRole, type Caller, type Role, type Scope } from '#ports/caller.js';
import { Clock } from '#kernel/clock.js';
import { hashOf, lookupOf, type ApiKey } from '../domain/api-key.js';
import { endOf, isLive } from '../domain/session.js';
import { AccessSettings } from '../settings.js';
import { ApiKeys } from './api-keys.js';
import { CallerCache, type Found } from './caller-cache.js';
import { Tokens } from './secrets.js';
import { Sessions } from './users.js';

/** The one key that opens everything in the embedded demo; null where there is none. */
export class DemoKey {
  constructor(readonly value: string | null) {}
}

const ownAccountOnly: ReadonlySet<Scope> = new Set(['self']);

/** Finds out who a credential belongs to: the demo key, an API key, or an access token. */
@Injectable()
export class Callers {
  private readonly demo: { hash: Buffer; caller: Caller } | null;
  /** By the credential itself: a hit costs no hash. Only what the database has been asked about gets in. */
  private readonly keys = new CallerCache();
  /** By the id of the session. */
  private readonly sessionCallers = new CallerCache();
  /** Made when it is first asked for, when every module has declared its scopes. */
  private readonly roleScopes = new Map<Role, ReadonlySet<Scope>>();
  private uses = new Map<string, Date>();

  constructor(
    demoKey: DemoKey,
    private readonly apiKeys: ApiKeys,
    private readonly tokens: Tokens,
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly settings: AccessSettings,
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
    return credential.length < 4096 && credential.split('.').length === 3 ? this.findSession(credential) : null;
  }

  private findKey(credential: string): Caller | null | Promise<Caller | null> {
    const now = this.clock.now();
    const known = this.keys.get(credential, now.getTime());
    if (known) this.uses.set(known.id, now);
    if (known !== undefined) return known;
    const lookup = lookupOf(credential);
    if (lookup === null) return null;
    return this.keys.ask(credential, this.now, async () => {
      const key = await this.apiKeys.findByLookup(lookup);
      return { caller: this.callerWithKey(credential, key), until: key?.expiresAt ?? null };
    });
  }

  private readonly now = () => this.clock.now().getTime();

  private callerWithKey(credential: string, key: ApiKey | null): Caller | null {
    const now = this.clock.now();
    const isValid =
      key !== null &&
      timingSafeEqual(key.keyHash, hashOf(credential)) &&
      key.revokedAt === null &&
      (key.expiresAt === null || key.expiresAt > now);
    if (!isValid) return null;
    const caller = { id: `key:${key.id}`, scopes: new Set(key.scopes), customerId: null, user: null };
    this.uses.set(caller.id, now);
    return caller;
  }

  /** A token says who it was made for; whether that session is still there, and what its user may, the database says. */
  private async findSession(token: string): Promise<Caller | null> {
    const claims = await this.tokens.verify(token);
    if (!claims) return null;
    const { sessionId, userId } = claims;
    const known = this.sessionCallers.get(sessionId, this.now());
    const caller =
      known === undefined
        ? await this.sessionCallers.ask(sessionId, this.now, () => this.askSession(sessionId))
        : known;
    return caller?.user?.id === userId ? caller : null;
  }

  private async askSession(sessionId: string): Promise<Found> {
    const session = await this.sessions.find(sessionId);
    if (!session || !isLive(session, this.clock.now())) return { caller: null, until: null };
    const { userId, role } = session;
    const lacksMfa = this.settings.staffMfa === 'required' && role !== 'customer' && !session.hasMfa;
    const caller = {
      id: `user:${userId}`,
      scopes: lacksMfa ? ownAccountOnly : this.scopesOf(role),
      customerId: role === 'customer' ? userId : null,
      user: { id: userId, sessionId, lacksMfa },
    };
    return { caller, until: endOf(session) };
  }

  private scopesOf(role: Role): ReadonlySet<Scope> {
    const known = this.roleScopes.get(role) ?? new Set(scopesOfRole(role));
    this.roleScopes.set(role, known);
    return known;
  }

  /** After something was taken away from a user, or a key was revoked: this process does not wait until its cache is old. */
  forget(id: string): void {
    this.sessionCallers.forget(({ user }) => user?.id === id);
    this.keys.forget((caller) => caller.id === `key:${id}`);
  }

  /** Writes when keys were last used, off the request path. */
  async writeUses(): Promise<void> {
    if (this.uses.size === 0) return;
    const uses = new Map([...this.uses].map(([id, at]) => [id.replace(/^key:/, ''), at]));
    this.uses = new Map();
    await this.apiKeys.noteUse(uses);
  }
}
