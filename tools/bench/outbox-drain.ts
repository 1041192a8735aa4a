import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from './program.js';
import { one, type BenchShop } from './shop.js';

const DRAINED = 40_000;

/** Events that a subscriber which does nothing takes, by the relay alone in a process of its own. */
export async function drain({ lifetime, databaseUrl, pool }: BenchShop): Promise<number> {
  const child = startChild(lifetime, './drain.js', { DATABASE_URL: databaseUrl });
  await new Promise((resolve) => child.once('message', resolve));
  await pool.query(
    `WITH made AS (
       INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT gen_random_uuid(), 'bench.happened', 'bench', gen_random_uuid(), 1, '{"filler": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}', now()
       FROM generate_series(1, $1) RETURNING id)
     INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, 'bench.do-nothing', now() FROM made`,
    [DRAINED],
  );
  await pool.query('ANALYZE outbox');
  const begun = performance.now();
  child.send('start');
  while (
    (await one(pool, `SELECT count(*) FROM (SELECT FROM outbox WHERE subscriber = 'bench.do-nothing' LIMIT 1) o`)) > 0
  )
    await sleep(20);
  const rate = DRAINED / ((performance.now() - begun) / 1000);
  child.disconnect();
  await new Promise((resolve) => child.once('exit', resolve));
  await pool.query('VACUUM outbox');
  return rate;
}
