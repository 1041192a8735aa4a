import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { loadOptions } from './load-options.js';
import { load, median, seedProducts, startClient, startProgram } from './program.js';

const { values } = commandLine({
  name: 'npm run bench:guard',
  purpose:
    'Measures what access control costs. Two programs on one database, one of them without the guard, take turns in placing orders; the same client with a real API key drives both.',
  options: loadOptions(9),
});
const { rounds, seconds, connections } = values;

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const database = await startDatabase(lifetime, makeDirectory(lifetime));
  const closed = await startProgram(lifetime, database.ownerUrl());
  const open = await startProgram(lifetime, database.ownerUrl(), { entry: './open-main.js' });
  const { spread } = await seedProducts(openPool(lifetime, database.ownerUrl()));
  const made = await fetch(`${closed.url}/api/v1/api-keys`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key-123', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', scopes: ['orders:write'] }),
  });
  const { key } = (await made.json()) as { key: string };
  const client = startClient(lifetime, key);
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
  const ratio = median(rates.map((pair) => pair.closed / pair.open));
  process.stdout.write(
    `with the guard ${median(rates.map((r) => r.closed)).toFixed(0)} orders/s, without ${median(rates.map((r) => r.open)).toFixed(0)}; median ratio ${ratio.toFixed(3)}\n`,
  );
  return 0;
});
