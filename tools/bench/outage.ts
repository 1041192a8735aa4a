import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob, type Lifetime } from '#platform/command-line/lifetime.js';
import { Simulator } from '../simulator/simulator.js';
import { makeDirectory, openPool, startDatabase } from './database.js';
import { startProgram } from './program.js';

const { values } = commandLine({
  name: 'npm run bench:outage',
  purpose:
    'Takes the payment provider down while payments keep coming. It says how fast they are answered before, during and after, how often the provider was called in vain, and how long the backlog took to drain. Ends with 1 when an answer was not 202, a payment was lost or charged twice, or the p99 during the outage is 100 ms or more.',
  options: {
    seconds: {
      type: 'integer',
      placeholder: 'N',
      min: 1,
      max: 86_400,
      default: 60,
      text: 'how long the provider is down',
    },
    rate: { type: 'integer', placeholder: 'N', min: 1, max: 10_000, default: 50, text: 'payments per second' },
  },
});
const { seconds, rate } = values;
const AROUND_SECONDS = 5;

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

function take(url: string): Promise<{ status: number; ms: number; id: string }> {
  const body = JSON.stringify({ amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa' });
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api/v1/payments`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-api-key': 'test-key-123',
          'idempotency-key': randomUUID(),
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode!,
            ms: performance.now() - started,
            id: (JSON.parse(text) as { id: string }).id,
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** An open loop: requests leave on time, whether or not the ones before were answered. */
async function steadily(
  lifetime: Lifetime,
  url: string,
  forSeconds: number,
): Promise<{ status: number; ms: number; id: string }[]> {
  const started = performance.now();
  const answers: Promise<{ status: number; ms: number; id: string }>[] = [];
  for (let i = 0; i < forSeconds * rate && !lifetime.isEnding; i++) {
    await sleep(Math.max(0, started + (i * 1000) / rate - performance.now()));
    answers.push(take(url));
  }
  return Promise.all(answers);
}

const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? NaN;
const say = (text: string) => process.stdout.write(`${text}\n`);

await runJob({ text: 'The bench failed', code: 1 }, async (lifetime) => {
  const directory = makeDirectory(lifetime);
  const database = await startDatabase(lifetime, directory);
  const simulator = await lifetime.start(
    () =>
      Simulator.start({
        host: '127.0.0.1',
        port: 0,
        statePath: join(directory, 'simulator.jsonl'),
        delayMs: 20,
        seed: '1',
        webhookSecret: 'whsec_dev_stripe_webhook_secret',
        webhookUrl: null,
      }),
    (started) => started.stop(),
  );
  const env = { STRIPE_API_BASE: `http://127.0.0.1:${simulator.port}`, LOG_LEVEL: 'fatal' };
  const program = await startProgram(lifetime, database.ownerUrl(), { env });
  simulator.sendWebhooksTo(`${program.url}/api/v1/webhooks/stripe`);
  const pool = openPool(lifetime, database.ownerUrl(), 1);
  const unsettled = async () =>
    Number((await pool.query(`SELECT count(*) AS n FROM payments WHERE status <> 'succeeded'`)).rows[0].n);
  await steadily(lifetime, program.url, 2);
  const before = await steadily(lifetime, program.url, AROUND_SECONDS);
  simulator.goDown();
  const callsBefore = simulator.callsOf();
  const during = await steadily(lifetime, program.url, seconds);
  const calls = simulator.callsOf() - callsBefore;
  const breaker = /^payment_provider_breaker_open (\S+)$/m.exec(
    await (await fetch(`${program.url}/metrics`)).text(),
  )?.[1];
  const backlog = await unsettled();
  simulator.comeBack();
  const back = performance.now();
  const after = await steadily(lifetime, program.url, AROUND_SECONDS);
  const deadline = Date.now() + 300_000;
  let left = await unsettled();
  while (left > 0 && Date.now() < deadline) {
    await sleep(250);
    left = await unsettled();
  }
  const drained = (performance.now() - back) / 1000;
  const all = [...before, ...during, ...after];
  const charged = new Map<string, number>();
  const { default: Stripe } = await import('stripe');
  const stripe = new Stripe('sk_test_of_the_bench', {
    host: '127.0.0.1',
    port: simulator.port,
    protocol: 'http',
    telemetry: false,
  });
  for await (const { metadata, status } of stripe.paymentIntents.list({ limit: 100 })) {
    if (status === 'succeeded') charged.set(metadata['paymentId']!, (charged.get(metadata['paymentId']!) ?? 0) + 1);
  }
  const twice = [...charged.values()].filter((n) => n > 1).length;
  const lost = all.filter(({ id }) => charged.get(id) !== 1).length;
  const refused = all.filter(({ status }) => status !== 202).length;
  const row = (name: string, answers: readonly { ms: number }[]) => {
    const ms = answers.map((answer) => answer.ms);
    say(
      `${name.padEnd(8)} ${String(ms.length).padStart(6)} payments   p50 ${quantile(ms, 0.5).toFixed(1).padStart(6)} ms   p99 ${quantile(ms, 0.99).toFixed(1).padStart(6)} ms   max ${Math.max(...ms).toFixed(0)} ms`,
    );
  };
  say(`${rate} payments per second, the provider is down for ${seconds} s`);
  row('before', before);
  row('during', during);
  row('after', after);
  say(
    `provider calls during the outage: ${calls} (${(calls / seconds).toFixed(1)} per second, ${(calls / during.length).toFixed(3)} per payment); the breaker was ${breaker === '0' ? 'closed' : 'open'}`,
  );
  say(`backlog when it came back: ${backlog}; drained ${drained.toFixed(1)} s later; left ${left}`);
  say(`not answered 202: ${refused}; lost: ${lost}; charged twice: ${twice}`);
  const failed =
    refused > 0 ||
    lost > 0 ||
    twice > 0 ||
    left > 0 ||
    quantile(
      during.map(({ ms }) => ms),
      0.99,
    ) >= 100;
  return failed ? 1 : 0;
});
