import { setTimeout as sleep } from 'node:timers/promises';
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { Injectable } from '@nestjs/common';
import { Unavailable } from '#kernel/errors.js';
import { Settings } from '../settings/settings.js';
import { Database } from './database.js';
import { sqlState } from './database-errors.js';
import { runOnce } from './statement.js';

const TIMEOUT_MS = 1_000;
/** Of the connections of the pool, one in so many is for searches, and two at most. */
const SHARE_OF_POOL = 10;
const MAX_AT_ONCE = 2;
const MAX_WAITING = 20;
const STATEMENT_TIMEOUT = '57014';

/**
 * Reads whose cost depends on what strangers ask for: a few at a time, each for a second at most, so that they take neither
 * the connections nor the time of other requests.
 */
@Injectable()
export class Searches {
  private readonly places;

  constructor(
    private readonly database: Database,
    { databasePoolMax }: Settings,
  ) {
    this.places = bulkhead(
      Math.min(MAX_AT_ONCE, Math.max(1, Math.floor(databasePoolMax / SHARE_OF_POOL))),
      MAX_WAITING,
    );
  }

  /** @throws Unavailable when too many wait, or it took too long */
  async read<Row>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return await this.inPlace(() =>
        this.database.run(async (tx) => {
          // By itself PostgreSQL would take several processors for one of them.
          await runOnce(tx, `SET LOCAL statement_timeout = ${TIMEOUT_MS}`, []);
          await runOnce(tx, 'SET LOCAL max_parallel_workers_per_gather = 0', []);
          return runOnce<Row>(tx, text, values);
        }),
      );
    } catch (error) {
      if (error instanceof BulkheadRejectedError) throw new Unavailable('Too many searches at once.', 1, error);
      if (isTimeout(error))
        throw new Unavailable('The search took too long. Ask for less, or more precisely.', 1, error);
      throw error;
    }
  }

  /**
   * The place is kept after the answer for as long as it took: however many search, they take half of a processor's time. One
   * that searches alone does not notice.
   */
  private inPlace<T>(search: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const held = async () => {
        const begun = performance.now();
        await search().then(resolve, reject);
        await sleep(performance.now() - begun, undefined, { ref: false });
      };
      this.places.execute(held).catch(reject);
    });
  }
}

function isTimeout(error: unknown): boolean {
  return [error, (error as Error).cause].some((one) => sqlState(one) === STATEMENT_TIMEOUT);
}
