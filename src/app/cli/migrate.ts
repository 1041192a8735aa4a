import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';
import { databaseVariables } from './database-variables.js';

commandLine({
  name: 'npm run migrate',
  purpose: 'Brings the schema of the database up to date and ends. npm start does so too.',
  readsEnvironmentFile: true,
  environment: databaseVariables,
});

await runJob({ text: 'The schema could not be migrated', code: 1 }, async (lifetime) => {
  const { prepareDatabase } = await import('../prepare-database.js');
  const { embeddedDatabase } = await import('../embedded-database.js');
  const { loadSettings } = await import('../load-settings.js');
  const settings = loadSettings('command');
  const embedded = settings.databaseUrl === null ? await embeddedDatabase(settings.dataDir, lifetime) : null;
  const { applied } = await prepareDatabase(settings, embedded);
  process.stdout.write(applied.length > 0 ? `Applied: ${applied.join(', ')}\n` : 'The schema is up to date.\n');
  return 0;
});
