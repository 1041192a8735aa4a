import { commandLine } from '#platform/command-line/command-line.js';
import { runServer } from '#platform/command-line/lifetime.js';

/** The payment simulator as a program of its own: `npm run simulator`, or a child of the server. */
const { values } = commandLine({
  name: 'npm run simulator',
  purpose: "Speaks Stripe's API without moving money. npm start brings one along; this one runs alone.",
  readsEnvironmentFile: true,
  options: {
    host: {
      type: 'text',
      placeholder: 'ADDRESS',
      env: 'SIMULATOR_HOST',
      default: '127.0.0.1',
      text: 'the address it listens on',
    },
    port: {
      type: 'integer',
      placeholder: 'N',
      min: 0,
      max: 65_535,
      env: 'SIMULATOR_PORT',
      default: 12_111,
      text: 'where it listens; 0 picks a free port',
    },
    state: {
      type: 'text',
      placeholder: 'FILE',
      env: 'SIMULATOR_STATE',
      default: '.data/simulator.jsonl',
      text: 'where it keeps what it knows',
    },
    delay: {
      type: 'integer',
      placeholder: 'MS',
      min: 0,
      max: 3_600_000,
      env: 'SIMULATOR_DELAY_MS',
      default: 5_000,
      text: 'milliseconds between a confirmation and its outcome',
    },
    seed: {
      type: 'text',
      placeholder: 'TEXT',
      env: 'SIMULATOR_SEED',
      default: '1',
      text: 'decides which of many things a fault with a probability strikes',
    },
    'webhook-url': {
      type: 'url',
      placeholder: 'URL',
      env: 'SIMULATOR_WEBHOOK_URL',
      text: 'where its webhooks go; without it there are none',
    },
    'webhook-secret': {
      type: 'text',
      placeholder: 'SECRET',
      env: 'STRIPE_WEBHOOK_SECRET',
      default: 'whsec_dev_stripe_webhook_secret',
      text: 'signs its webhooks',
    },
    quiet: { type: 'flag', text: 'print nothing' },
  },
  examples: ['npm run simulator -- --port 12111 --webhook-url http://127.0.0.1:3000/api/v1/webhooks/stripe'],
});

await runServer({ text: 'The payment simulator could not start', code: 1 }, async (lifetime) => {
  const { Simulator } = await import('./simulator.js');
  const { host, port, state: statePath, delay: delayMs, seed } = values;
  const [webhookUrl, webhookSecret] = [values['webhook-url'], values['webhook-secret']];
  const simulator = await lifetime.start(
    () => Simulator.start({ host, port, statePath, delayMs, seed, webhookSecret, webhookUrl }),
    (started) => started.stop(),
  );
  process.on('message', (message) => {
    simulator.sendWebhooksTo((message as { webhookUrl: string }).webhookUrl);
  });
  process.on('disconnect', () => void lifetime.exit(0)); // the server that started it is gone, however it went
  process.send?.({ port: simulator.port });
  if (values.quiet) return;
  process.stdout.write(`The payment simulator speaks Stripe's API on http://127.0.0.1:${simulator.port}\n`);
  process.stdout.write(
    webhookUrl === null ? 'Set --webhook-url to get its webhooks.\n' : `Webhooks go to ${webhookUrl}\n`,
  );
});
