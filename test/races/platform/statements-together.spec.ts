import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Busy, Unavailable } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { runOnce } from '#platform/database/statement.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

/** Statements of one turn of the event loop travel together; all after one that fails are refused without a reason of their own. */
describe('statements that travel together', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = await Database.connect({ url: testDatabase.url, poolMax: 2, applicationName: 'test' });
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });

  const raise = (code: string) => `DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '${code}'; END $$`;
  /** Heard of later than one that is asked for directly: its rejection passes through more hands. */
  const deeply = async (tx: Tx, text: string, depth: number): Promise<unknown> =>
    depth === 0 ? runOnce(tx, text, []) : await deeply(tx, text, depth - 1);
  const fail = (code: string) =>
    database.run((tx) => Promise.all([deeply(tx, raise(code), 8), runOnce(tx, 'SELECT 1', [])]));

  it('fail for the reason of the first, whichever is heard of first', async () => {
    await expect(fail('22012')).rejects.toMatchObject({ code: '22012' });
    await expect(fail('53100')).rejects.toBeInstanceOf(Unavailable);
    await expect(fail('40P01')).rejects.toBeInstanceOf(Busy);
  });

  it('fail for the latest reason when an earlier one was rolled back to a savepoint', async () => {
    const failed = database.run(async (tx) => {
      await runOnce(tx, 'SAVEPOINT a', []);
      await runOnce(tx, raise('22012'), []).catch(() => undefined);
      await runOnce(tx, 'ROLLBACK TO SAVEPOINT a', []);
      await Promise.all([deeply(tx, raise('22003'), 8), runOnce(tx, 'SELECT 1', [])]);
    });
    await expect(failed).rejects.toMatchObject({ code: '22003' });
  });
});
