import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import { databaseVariables } from './database-variables.js';

const { values } = commandLine({
  name: 'npm run integrity',
  purpose:
    'Checks that the books add up, beside a running server or without one. Ends with 0 when they do, 1 when they do not, 2 when they could not be checked.',
  readsEnvironmentFile: true,
  options: { json: { type: 'flag', text: 'print the report as the API answers it' } },
  environment: databaseVariables,
  examples: ['npm run integrity', 'npm run --silent integrity -- --json'],
});

await runJob({ text: 'The books could not be checked', code: 2 }, async (lifetime) => {
  const { checkBooks } = await import('./check-books.js');
  return (await checkBooks(lifetime, values.json)) ? 0 : 1;
});
