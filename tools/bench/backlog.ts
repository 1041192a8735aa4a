import { commandLine } from '#platform/command-line/command-line.js';
import { runJob, type Lifetime } from '#platform/command-line/lifetime.js';
import { EventCatalog } from '#ports/events.js';
import { Database } from '#platform/database/database.js';
import { migrate } from '#platform/database/migrate.js';
import { Outbox } from '#platform/outbox/outbox.sql.js';
import { Wakeup } from '#platform/outbox/wakeup.js';
import { makeDirectory, openPool, startDatabase } from './database.js';

const { values } = commandLine({
  name: 'npm run bench:backlog',
  purpose:
    'Takes rows from a long outbox in small batches while another session holds an old snapshot open, so that nothing can be cleaned. Shows the rate over time: with looks that begin where the last one ended, and with looks from the beginning.',
  options: {
    rows: { type: 'integer', placeholder: 'N', min: 1_000, max: 100_000_000, default: 1_000_000, text: 'how many' },
    seconds: {
      type: 'integer',
      placeholder: 'N',
      min: 2,
      max: 3_600,
      default: 30,
      text: 'how long each way is measured',
    },
    batch: { type: 'integer', placeholder: 'N', min: 1, max: 500, default: 10, text: 'rows per transaction' },
    workers: { type: 'integer', placeholder: 'N', min: 1, max: 64, default: 4, text: 'transactions at once' },
  },
  examples: ['npm run bench:backlog -- --rows 200000 --seconds 10'],
});
const { rows, seconds, batch, workers } = values;
const SLICES = 6;

async function fill(pool: ReturnType<typeof openPool>): Promise<void> {
  await pool.query('TRUNCATE outbox, events');
  await pool.query(
    `WITH made AS (
       INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT gen_random_uuid(), 'bench.happened', 'bench', gen_random_uuid(), 1, '{}', now() FROM generate_series(1, $1) RETURNING id)
     INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, 'bench', now() FROM made`,
    [rows],
  );
  await pool.query('VACUUM ANALYZE outbox');
}

/** Rows taken per second, slice by slice of the time. */
async function drainFor(database: Database, looksFromBeginning: boolean): Promise<number[]> {
  const outbox = new Outbox(database, new EventCatalog({ 'bench.happened': {} as never }), new Wakeup());
  const taken = Array.from({ length: SLICES }, () => 0);
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (elapsed() < seconds) {
        if (looksFromBeginning) outbox.lookFromBeginning();
        const events = await database.run((tx) => outbox.takeDue(tx, 'bench', batch));
        if (events.length === 0) return;
        taken[Math.min(SLICES - 1, Math.floor((elapsed() / seconds) * SLICES))]! += events.length;
      }
    }),
  );
  return taken.map((count) => Math.round(count / (seconds / SLICES)));
}

async function measure(lifetime: Lifetime): Promise<number> {
  const embedded = await startDatabase(lifetime, makeDirectory(lifetime));
  const url = embedded.ownerUrl();
  await migrate(url);
  const pool = openPool(lifetime, url);
  const database = await Database.connect({ url, poolMax: workers, applicationName: 'quittance-bench' });
  lifetime.onEnd(() => database.close());
  for (const [name, looksFromBeginning] of [
    ['where the last one ended', false],
    ['from the beginning', true],
  ] as const) {
    process.stderr.write(`${rows} rows are made ...\n`);
    await fill(pool);
    const old = await pool.connect();
    await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await old.query('SELECT count(*) FROM outbox LIMIT 1');
    const rates = await drainFor(database, looksFromBeginning);
    await old.query('ROLLBACK');
    old.release();
    process.stdout.write(`looks ${name}: ${rates.map((rate) => rate.toLocaleString('en')).join(', ')} rows/s\n`);
  }
  return 0;
}

await runJob({ text: 'The bench failed', code: 1 }, measure);
