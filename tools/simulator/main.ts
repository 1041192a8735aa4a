import { Simulator } from './simulator.js';

/** The payment simulator as a program of its own: `npm run simulator`, or a child of the server. */
const env = process.env;
const seconds = (name: string, fallback: number) => (/^\d+$/.test(env[name] ?? '') ? Number(env[name]) : fallback);

try {
  const simulator = await Simulator.start({
    host: env['SIMULATOR_HOST'] ?? '127.0.0.1',
    port: seconds('SIMULATOR_PORT', 12_111),
    statePath: env['SIMULATOR_STATE'] ?? '.data/simulator.jsonl',
    delayMs: seconds('SIMULATOR_DELAY_MS', 5_000),
    seed: env['SIMULATOR_SEED'] ?? '1',
    webhookSecret: env['STRIPE_WEBHOOK_SECRET'] || 'whsec_dev_stripe_webhook_secret',
    webhookUrl: env['SIMULATOR_WEBHOOK_URL'] ?? null,
  });
  process.on('message', (message) => {
    simulator.sendWebhooksTo((message as { webhookUrl: string }).webhookUrl);
  });
  const stop = () => void simulator.stop().then(() => process.exit(0));
  process.on('disconnect', stop); // the server that started us is gone, however it went
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.send?.({ port: simulator.port });
  if (env['SIMULATOR_QUIET'] !== 'true') {
    process.stdout.write(`The payment simulator speaks Stripe's API on http://127.0.0.1:${simulator.port}\n`);
    process.stdout.write(
      env['SIMULATOR_WEBHOOK_URL']
        ? `Webhooks go to ${env['SIMULATOR_WEBHOOK_URL']}\n`
        : 'Set SIMULATOR_WEBHOOK_URL to get its webhooks.\n',
    );
  }
} catch (error) {
  process.stderr.write(`The payment simulator could not start: ${(error as Error).message}\n`);
  process.exit(1);
}
