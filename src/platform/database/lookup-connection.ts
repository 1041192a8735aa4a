import type pg from 'pg';
import { defineFailpoint } from '#kernel/failpoints.js';
import { sendTogether } from './send-together.js';
import type { Statement } from './statement.js';

const beforeLookup = defineFailpoint('database.before-lookup');

/** After so long without an answer the connection is given up. */
const LOOKUP_MS = 5_000;

/**
 * One connection for lookups by key. What is asked for in one turn of the event loop travels together and is answered in
 * order (the connection is pipelined), so a lookup costs a share of a write to a socket and not one of its own. Only for
 * statements that take no time: each waits for those before it.
 */
export class LookupConnection {
  private client: Promise<pg.PoolClient> | null = null;
  isClosed = false;

  constructor(private readonly connect: () => Promise<pg.PoolClient>) {}

  async query({ name, text }: Statement, values: unknown[]): Promise<pg.QueryResult> {
    beforeLookup();
    const client = await this.open();
    sendTogether(client);
    return client.query({ name, text, values, query_timeout: LOOKUP_MS } as pg.QueryConfig);
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = null;
    this.isClosed = true;
    (await client?.catch(() => null))?.release(true);
  }

  private open(): Promise<pg.PoolClient> {
    this.client ??= this.connect().then(
      (client) => {
        // A connection that has died is replaced by the next lookup; its place in the pool is given back.
        client.once('end', () => {
          if (this.isClosed) return;
          this.client = null;
          client.release(true);
        });
        return client;
      },
      (error: unknown) => {
        this.client = null;
        throw error;
      },
    );
    return this.client;
  }
}
