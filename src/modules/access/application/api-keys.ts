import type { Tx } from '#ports/tx.js';
import type { ApiKey } from '../domain/api-key.js';

/** Where API keys are kept. */
export abstract class ApiKeys {
  /** Revokes the keys that a caller made; answers their ids. */
  abstract revokeMadeBy(tx: Tx, caller: string, at: Date): Promise<string[]>;
  abstract findByLookup(lookup: string): Promise<ApiKey | null>;
  abstract list(afterId: string | null, limit: number, createdBy?: string): Promise<ApiKey[]>;
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
