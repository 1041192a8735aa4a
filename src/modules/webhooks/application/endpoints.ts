import { NotFound } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';
import type { Endpoint } from '../domain/endpoint.js';

/** Where merchants want to be told what happens. */
export abstract class Endpoints {
  abstract list(afterId: string | null, limit: number): Promise<Endpoint[]>;
  abstract find(id: string): Promise<Endpoint | null>;
  /** All there are; there is a bound on them. */
  abstract all(): Promise<Endpoint[]>;

  abstract allIn(tx: Tx): Promise<Endpoint[]>;
  /** No other transaction adds, removes, pauses or enables endpoints in the meantime. */
  abstract lockAll(tx: Tx): Promise<void>;
  abstract insert(tx: Tx, endpoint: Endpoint): Promise<void>;
  /** Locks endpoints, ids ascending. */
  abstract lock(tx: Tx, ids: readonly string[]): Promise<Endpoint[]>;
  /** @throws NotFound */
  async lockOne(tx: Tx, id: string): Promise<Endpoint> {
    const [endpoint] = await this.lock(tx, [id]);
    if (!endpoint) throw new NotFound('webhook endpoint', id);
    return endpoint;
  }

  abstract save(tx: Tx, endpoint: Endpoint): Promise<void>;
  abstract delete(tx: Tx, id: string): Promise<void>;
}
