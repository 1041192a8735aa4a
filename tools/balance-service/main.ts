import { BalanceStandIn } from './stand-in.js';

/** The stand-in for a Balance Management service, alone: `npm run balance-service`. */
const env = process.env;
const number = (name: string, fallback: number) => (/^\d+$/.test(env[name] ?? '') ? Number(env[name]) : fallback);

try {
  const service = await BalanceStandIn.start({
    host: '127.0.0.1',
    port: number('BALANCE_SERVICE_PORT', 12_112),
    balance: number('BALANCE_SERVICE_FUNDS', 100_000_000),
    currency: 'USD',
    seed: env['BALANCE_SERVICE_SEED'] ?? '1',
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void service.stop().then(() => process.exit(0)));
  process.stdout.write(
    `A balance service stands in on ${service.url}; start Quittance with BALANCE_SERVICE_URL=${service.url}\n`,
  );
} catch (error) {
  process.stderr.write(`The balance service could not start: ${(error as Error).message}\n`);
  process.exit(1);
}
