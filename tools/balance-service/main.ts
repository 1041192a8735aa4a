import { commandLine } from '#platform/command-line/command-line.js';
import { runServer } from '#platform/command-line/lifetime.js';

const { values } = commandLine({
  name: 'npm run balance-service',
  purpose: 'A stand-in for an external balance service, to try Quittance with. Faults are set below /_control.',
  readsEnvironmentFile: true,
  options: {
    port: {
      type: 'integer',
      placeholder: 'N',
      min: 0,
      max: 65_535,
      env: 'BALANCE_SERVICE_PORT',
      default: 12_112,
      text: 'where it listens; 0 picks a free port',
    },
    funds: {
      type: 'integer',
      placeholder: 'N',
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      env: 'BALANCE_SERVICE_FUNDS',
      default: 100_000_000,
      text: 'what its account holds at first, in minor units',
    },
    seed: {
      type: 'text',
      placeholder: 'TEXT',
      env: 'BALANCE_SERVICE_SEED',
      default: '1',
      text: 'decides which calls a fault strikes',
    },
  },
  examples: ['npm run balance-service -- --funds 5000'],
});

await runServer({ text: 'The balance service could not start', code: 1 }, async (lifetime) => {
  const { BalanceStandIn } = await import('./stand-in.js');
  const { port, funds: balance, seed } = values;
  const service = await lifetime.start(
    () => BalanceStandIn.start({ host: '127.0.0.1', port, balance, currency: 'USD', seed }),
    (started) => started.stop(),
  );
  process.stdout.write(
    `A balance service stands in on ${service.url}; start Quittance with BALANCE_SERVICE_URL=${service.url}\n`,
  );
});
