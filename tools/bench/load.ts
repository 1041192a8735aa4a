import { Agent, request } from 'node:http';
import { afterOrder, askFor, expected, type Ask, type LoadPlan } from './asks.js';

/**
 * The client, in a process of its own so that it does not share the program's event loop. In a closed loop every connection sends its
 * next request when the last was answered. Every answer is checked. Talks to its parent by IPC.
 */

export interface LoadResult {
  /** Those that did what was asked. */
  answers: number;
  seconds: number;
  p50: number;
  p99: number;
  p999: number;
  statuses: Record<number, number>;
  wrong: number;
  cpuSeconds: number;
  /** Milliseconds until a 503, at the 99th percentile. */
  refusalP99: number;
}

const apiKey = process.env['BENCH_API_KEY'] ?? 'test-key-123';

function send(
  url: string,
  agent: Agent,
  { method, path, body, key }: Omit<Ask, 'isRight'>,
): Promise<{ status: number; text: string; retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api/v1/${path}`,
      {
        agent,
        method,
        headers: {
          'x-api-key': apiKey,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, text, retryAfter: Number(incoming.headers['retry-after'] ?? 0) }),
        );
        incoming.once('error', reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const at = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

interface Done {
  readonly status: number;
  readonly isWrong: boolean;
  readonly retryAfter: number;
}

async function perform(plan: LoadPlan, url: string, agent: Agent): Promise<Done> {
  const { kind = 'place' } = plan;
  const ask = askFor(plan, kind === 'checkout' ? 'place' : kind);
  const { status, text, retryAfter } = await send(url, agent, ask);
  const wanted = expected[kind] ?? (kind === 'mixed' && ask.method === 'GET' ? 200 : 201);
  let isWrong = status !== wanted || !ask.isRight(status, text);
  let answer = text;
  for (const next of kind === 'checkout' && !isWrong ? afterOrder : []) {
    const { status: wantedNext, path, body } = next(answer);
    const answered = await send(url, agent, { method: 'POST', path, body, key: `${ask.key}-${path.length}` });
    isWrong ||= answered.status !== wantedNext;
    if (isWrong) break;
    answer = answered.text;
  }
  return { status, isWrong, retryAfter };
}

/** What one run has seen. */
class Seen {
  readonly latencies: number[] = [];
  readonly refusals: number[] = [];
  readonly statuses: Record<number, number> = {};
  wrong = 0;

  constructor(private readonly mayBeTurnedAway: boolean) {}

  /** @returns seconds after which to come back, for one that was turned away */
  note({ status, isWrong, retryAfter }: Done, took: number): number | null {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status === 503 && this.mayBeTurnedAway) {
      this.refusals.push(took);
      if (!(retryAfter > 0)) this.wrong++;
      return retryAfter;
    }
    this.latencies.push(took);
    if (isWrong) this.wrong++;
    return null;
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Every connection asks again when it was answered. */
async function inClosedLoop(plan: LoadPlan, urls: readonly string[], agent: Agent, seen: Seen): Promise<void> {
  const end = performance.now() + plan.seconds * 1000;
  await Promise.all(
    Array.from({ length: plan.connections }, async (_, connection) => {
      const url = urls[connection % urls.length]!;
      while (performance.now() < end) {
        const sent = performance.now();
        const retryAfter = seen.note(await perform(plan, url, agent), performance.now() - sent);
        // A client with manners comes back after Retry-After, and not all at once.
        if (retryAfter !== null)
          await sleep(Math.min(retryAfter * 1000 * (0.5 + Math.random()), Math.max(0, end - performance.now())));
      }
    }),
  );
}

/** One begins after the other at even intervals, and none waits for another. */
async function inOpenLoop(
  plan: LoadPlan,
  perSecond: number,
  urls: readonly string[],
  agent: Agent,
  seen: Seen,
): Promise<void> {
  const begun = performance.now();
  const all: Promise<void>[] = [];
  for (let nth = 0; nth < perSecond * plan.seconds; nth++) {
    const intended = begun + (nth * 1000) / perSecond;
    while (performance.now() < intended) await sleep(Math.max(1, intended - performance.now()));
    const done = perform(plan, urls[nth % urls.length]!, agent);
    all.push(done.then((it) => void seen.note(it, performance.now() - intended)));
  }
  await Promise.all(all);
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const urls = [plan.url, ...(plan.moreUrls ?? [])];
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const seen = new Seen(plan.mayBeTurnedAway ?? false);
  const begun = performance.now();
  const cpu = process.cpuUsage();
  if (plan.perSecond === undefined) await inClosedLoop(plan, urls, agent, seen);
  else await inOpenLoop(plan, plan.perSecond, urls, agent, seen);
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  const { user, system } = process.cpuUsage(cpu);
  const { latencies, refusals, statuses, wrong } = seen;
  latencies.sort((a, b) => a - b);
  refusals.sort((a, b) => a - b);
  return {
    answers: latencies.length,
    seconds,
    p50: at(latencies, 0.5),
    p99: at(latencies, 0.99),
    p999: at(latencies, 0.999),
    statuses,
    wrong,
    cpuSeconds: (user + system) / 1e6,
    refusalP99: at(refusals, 0.99),
  };
}

process.on('message', (plan) => {
  void run(plan as LoadPlan).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
