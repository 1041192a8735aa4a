import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { load, median, seedProducts, startClient, startProgram } from './program.js';

/**
 * `npm run bench:guard`: what access control costs. Two programs on one database, one of them without the guard, take
 * turns in placing orders; the same client with a real API key drives both.
 */
const rounds = 9;
const seconds = 3;
const connections = 32;

const directory = mkdtempSync(join(tmpdir(), 'quittance-bench-'));
const database = await EmbeddedPostgres.start(directory);
const closed = await startProgram(database.url());
const open = await startProgram(database.url(), './open-main.js');
const pool = new pg.Pool({ connectionString: database.url(), max: 2 });
try {
  const { spread } = await seedProducts(pool);
  const made = await fetch(`${closed.url}/api/v1/api-keys`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key-123', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', scopes: ['orders:write'] }),
  });
  const { key } = (await made.json()) as { key: string };
  const client = startClient(key);
  const rates: { closed: number; open: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? 'Warming up ...\n' : `round ${round} of ${rounds}\n`);
    const rate = async (url: string) => {
      const result = await load(client, { url, connections, seconds, productIds: spread, linesPerOrder: 2 });
      return result.answers / result.seconds;
    };
    // Each pair in the other order, so that drift of the machine favours neither.
    const first = round % 2 ? await rate(closed.url) : 0;
    const without = await rate(open.url);
    const withGuard = round % 2 ? first : await rate(closed.url);
    if (round > 0) rates.push({ closed: withGuard, open: without });
  }
  client.disconnect();
  const ratio = median(rates.map((pair) => pair.closed / pair.open));
  process.stdout.write(
    `with the guard ${median(rates.map((r) => r.closed)).toFixed(0)} orders/s, without ${median(rates.map((r) => r.open)).toFixed(0)}; median ratio ${ratio.toFixed(3)}\n`,
  );
} finally {
  await closed.stop();
  await open.stop();
  await pool.end();
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
}
