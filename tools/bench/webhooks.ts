import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { EmbeddedPostgres } from '#platform/database/embedded-postgres.js';
import { cpuSecondsOf, cpuSecondsOfAll, median, startProgram } from './program.js';

/**
 * `npm run bench:webhooks`: how fast events reach a merchant, and what the relay costs per event. A backlog of events is
 * delivered to one local receiver, to three of them, and to none (the relay alone); beside it, in the same run, the same
 * bytes are posted by a bare client without any promise.
 */
const rounds = 3;
const EVENTS = 5_000;
const CONNECTIONS = 32;

interface Count {
  received: number;
  different: number;
  seconds: number;
  cpuSeconds: number;
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const directory = mkdtempSync(join(tmpdir(), 'quittance-bench-'));
const database = await EmbeddedPostgres.start(directory);
process.env['WEBHOOK_ALLOW_PRIVATE'] = 'true';
const program = await startProgram(database.url());
const pool = new pg.Pool({ connectionString: database.url(), max: 2 });
const receivers = Array.from({ length: 3 }, () => fork(fileURLToPath(new URL('./receiver.js', import.meta.url))));
const heard = <T>(child: (typeof receivers)[number]) =>
  new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));
const ports = await Promise.all(receivers.map((receiver) => heard<{ port: number }>(receiver)));
const countOf = async (index: number, command = 'count'): Promise<Count> => {
  const answer = heard<Count>(receivers[index]!);
  receivers[index]!.send(command);
  return answer;
};

async function endpoint(index: number): Promise<string> {
  const answer = await fetch(`${program.url}/api/v1/webhooks/endpoints`, {
    method: 'POST',
    headers: { 'x-api-key': 'test-key-123', 'content-type': 'application/json' },
    body: JSON.stringify({ url: `http://127.0.0.1:${ports[index]!.port}/`, events: ['*'] }),
  });
  return ((await answer.json()) as { id: string }).id;
}

/** Events as orders make them, given to the fan-out all at once. */
async function backlog(): Promise<void> {
  await pool.query(
    `WITH made AS (
       INSERT INTO events (id, type, subject_type, subject_id, sequence, data, occurred_at)
       SELECT gen_random_uuid(), 'order.placed', 'order', gen_random_uuid(), 1, json_build_object('orderId', gen_random_uuid(), 'filler', repeat('x', 600)), now()
       FROM generate_series(1, $1) RETURNING id)
     INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, 'webhooks.fan-out', now() FROM made`,
    [EVENTS],
  );
}

async function drained(): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ n: string }>('SELECT count(*) AS n FROM outbox');
    if (Number(rows[0]!.n) === 0) return;
    await sleep(10);
  }
}

async function deliver(to: number): Promise<{ rate: number; nodeMs: number; databaseMs: number }> {
  for (let i = 0; i < to; i++) await countOf(i, 'reset');
  const before = { node: cpuSecondsOf(program.child.pid!), database: cpuSecondsOfAll(database.pid!) };
  const begun = performance.now();
  await backlog();
  await drained();
  const seconds = (performance.now() - begun) / 1000;
  const cpu = {
    node: cpuSecondsOf(program.child.pid!) - before.node,
    database: cpuSecondsOfAll(database.pid!) - before.database,
  };
  for (let i = 0; i < to; i++) {
    const { different } = await countOf(i);
    if (different !== EVENTS) throw new Error(`Receiver ${i} got ${different} different events of ${EVENTS}`);
  }
  const handled = EVENTS * Math.max(1, to);
  return { rate: handled / seconds, nodeMs: (cpu.node * 1000) / handled, databaseMs: (cpu.database * 1000) / handled };
}

/** The same number of posts of the same size from a bare client. */
async function postBarely(): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const body = JSON.stringify({
    id: 'x'.repeat(36),
    type: 'order.placed',
    timestamp: new Date().toISOString(),
    sequence: 1,
    data: { filler: 'x'.repeat(650) },
  });
  let left = EVENTS;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (left-- > 0) {
        await new Promise<void>((resolve, reject) => {
          const outgoing = request(
            `http://127.0.0.1:${ports[0]!.port}/`,
            { agent, method: 'POST', headers: { 'content-length': Buffer.byteLength(body) } },
            (incoming) => incoming.resume().once('end', resolve),
          );
          outgoing.once('error', reject).end(body);
        });
      }
    }),
  );
  agent.destroy();
  return EVENTS / ((performance.now() - begun) / 1000);
}

try {
  const results: Record<string, { rate: number; nodeMs: number; databaseMs: number }[]> = {
    none: [],
    one: [],
    three: [],
  };
  const bare: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? 'Warming up ...\n' : `round ${round} of ${rounds}\n`);
    const measured: Record<string, { rate: number; nodeMs: number; databaseMs: number }> = { none: await deliver(0) };
    const ids = [await endpoint(0)];
    measured['one'] = await deliver(1);
    ids.push(await endpoint(1), await endpoint(2));
    await sleep(1_100);
    measured['three'] = await deliver(3);
    for (const id of ids)
      await fetch(`${program.url}/api/v1/webhooks/endpoints/${id}`, {
        method: 'DELETE',
        headers: { 'x-api-key': 'test-key-123' },
      });
    const posted = await postBarely();
    if (round === 0) continue;
    for (const [name, result] of Object.entries(measured)) results[name]!.push(result);
    bare.push(posted);
  }
  const of = (name: string, read: (r: { rate: number; nodeMs: number; databaseMs: number }) => number) =>
    median(results[name]!.map(read));
  const line = (name: string, what: string) =>
    say(
      `${what} ${of(name, (r) => r.rate)
        .toFixed(0)
        .padStart(
          6,
        )}/s; CPU per event: program ${of(name, (r) => r.nodeMs).toFixed(3)} ms, PostgreSQL ${of(name, (r) => r.databaseMs).toFixed(3)} ms`,
    );
  say(`Backlogs of ${EVENTS} events, medians of ${rounds} interleaved rounds`);
  line('none', 'relay alone, no receiver    ');
  line('one', 'deliveries to one receiver  ');
  line('three', 'deliveries to three         ');
  say(
    `a bare client, no promises   ${median(bare).toFixed(0).padStart(6)}/s; deliveries to one receiver reach ${(of('one', (r) => r.rate) / median(bare)).toFixed(2)} of it`,
  );
} finally {
  for (const receiver of receivers) receiver.disconnect();
  await pool.end();
  await program.stop();
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
}
