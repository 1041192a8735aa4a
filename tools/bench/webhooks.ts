import { type ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import type { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { roundsOption } from './load-options.js';
import { cpuSecondsOf, cpuSecondsOfAll, median, startChild, startProgram, type Program } from './program.js';

const { values } = commandLine({
  name: 'npm run bench:webhooks',
  purpose:
    'Measures how fast events reach a merchant, and what the relay costs per event. A backlog of events is delivered to one local receiver, to three of them, and to none (the relay alone); beside it, in the same run, the same bytes are posted by a bare client without any promise.',
  options: {
    ...roundsOption(3),
    events: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: 1_000_000,
      default: 5_000,
      text: 'how long a backlog is',
    },
  },
});
const { rounds, events } = values;
const CONNECTIONS = 32;

interface Count {
  received: number;
  different: number;
  seconds: number;
  cpuSeconds: number;
}

interface Cost {
  rate: number;
  nodeMs: number;
  databaseMs: number;
}

interface Stage {
  readonly database: EmbeddedPostgres;
  readonly pool: pg.Pool;
  readonly program: Program;
  readonly receivers: readonly ChildProcess[];
  readonly ports: readonly number[];
}

const say = (text: string) => process.stdout.write(`${text}\n`);

const heard = <T>(child: ChildProcess) =>
  new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));

async function countOf(receiver: ChildProcess, command = 'count'): Promise<Count> {
  const answer = heard<Count>(receiver);
  receiver.send(command);
  return answer;
}

async function endpoint({ program, ports }: Stage, index: number): Promise<string> {
  const answer = await fetch(`${program.url}/api/v1/webhooks/endpoints`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key-123', 'content-type': 'application/json' },
    body: JSON.stringify({ url: `http://127.0.0.1:${ports[index]!}/`, events: ['*'] }),
  });
  return ((await answer.json()) as { id: string }).id;
}

/** Events as orders make them, given to the fan-out all at once. */
async function backlog(pool: pg.Pool): Promise<void> {
  await pool.query(
    `WITH made AS (
       INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT gen_random_uuid(), 'order.placed', 'order', gen_random_uuid(), 1, json_build_object('orderId', gen_random_uuid(), 'filler', repeat('x', 600)), now()
       FROM generate_series(1, $1) RETURNING id)
     INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, 'webhooks.fan-out', now() FROM made`,
    [events],
  );
}

async function drained(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ n: string }>('SELECT count(*) AS n FROM outbox');
    if (Number(rows[0]!.n) === 0) return;
    await sleep(10);
  }
}

async function deliver({ database, pool, program, receivers }: Stage, to: number): Promise<Cost> {
  for (let i = 0; i < to; i++) await countOf(receivers[i]!, 'reset');
  const before = { node: cpuSecondsOf(program.child.pid!), database: cpuSecondsOfAll(database.pid!) };
  const begun = performance.now();
  await backlog(pool);
  await drained(pool);
  const seconds = (performance.now() - begun) / 1000;
  const cpu = {
    node: cpuSecondsOf(program.child.pid!) - before.node,
    database: cpuSecondsOfAll(database.pid!) - before.database,
  };
  for (let i = 0; i < to; i++) {
    const { different } = await countOf(receivers[i]!);
    if (different !== events) throw new Error(`Receiver ${i} got ${different} different events of ${events}`);
  }
  const handled = events * Math.max(1, to);
  return { rate: handled / seconds, nodeMs: (cpu.node * 1000) / handled, databaseMs: (cpu.database * 1000) / handled };
}

/** The same number of posts of the same size from a bare client. */
async function postBarely(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const body = JSON.stringify({
    id: 'x'.repeat(36),
    type: 'order.placed',
    timestamp: new Date().toISOString(),
    sequence: 1,
    data: { filler: 'x'.repeat(650) },
  });
  let left = events;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (left-- > 0) {
        await new Promise<void>((resolve, reject) => {
          const outgoing = request(
            `http://127.0.0.1:${port}/`,
            { agent, method: 'POST', headers: { 'content-length': Buffer.byteLength(body) } },
            (incoming) => incoming.resume().once('end', resolve),
          );
          outgoing.once('error', reject).end(body);
        });
      }
    }),
  );
  agent.destroy();
  return events / ((performance.now() - begun) / 1000);
}

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const database = await startDatabase(lifetime, makeDirectory(lifetime));
  const program = await startProgram(lifetime, database.ownerUrl(), { env: { WEBHOOK_ALLOW_PRIVATE: 'true' } });
  const pool = openPool(lifetime, database.ownerUrl());
  const receivers = Array.from({ length: 3 }, () => startChild(lifetime, './receiver.js'));
  const ports = await Promise.all(receivers.map(async (child) => (await heard<{ port: number }>(child)).port));
  const stage = { database, pool, program, receivers, ports };
  const results: Record<string, Cost[]> = {
    none: [],
    one: [],
    three: [],
  };
  const bare: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? 'Warming up ...\n' : `round ${round} of ${rounds}\n`);
    const measured: Record<string, Cost> = { none: await deliver(stage, 0) };
    const ids = [await endpoint(stage, 0)];
    measured['one'] = await deliver(stage, 1);
    ids.push(await endpoint(stage, 1), await endpoint(stage, 2));
    await sleep(1_100);
    measured['three'] = await deliver(stage, 3);
    for (const id of ids)
      await fetch(`${program.url}/api/v1/webhooks/endpoints/${id}`, {
        method: 'DELETE',
        headers: { 'x-api-key': 'test-key-123' },
      });
    const posted = await postBarely(ports[0]!);
    if (round === 0) continue;
    for (const [name, result] of Object.entries(measured)) results[name]!.push(result);
    bare.push(posted);
  }
  const of = (name: string, read: (r: Cost) => number) => median(results[name]!.map(read));
  const line = (name: string, what: string) =>
    say(
      `${what} ${of(name, (r) => r.rate)
        .toFixed(0)
        .padStart(
          6,
        )}/s; CPU per event: program ${of(name, (r) => r.nodeMs).toFixed(3)} ms, PostgreSQL ${of(name, (r) => r.databaseMs).toFixed(3)} ms`,
    );
  say(`Backlogs of ${events} events, medians of ${rounds} interleaved rounds`);
  line('none', 'relay alone, no receiver    ');
  line('one', 'deliveries to one receiver  ');
  line('three', 'deliveries to three         ');
  say(
    `a bare client, no promises   ${median(bare).toFixed(0).padStart(6)}/s; deliveries to one receiver reach ${(of('one', (r) => r.rate) / median(bare)).toFixed(2)} of it`,
  );
  return 0;
});
