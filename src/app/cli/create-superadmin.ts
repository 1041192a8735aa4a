import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';

const { operands } = commandLine({
  name: 'npm run superadmin',
  purpose: 'Makes the first superadmin of an installation, or gives an existing user that role.',
  readsEnvironmentFile: true,
  arguments: { placeholder: 'EMAIL', text: 'the email of the superadmin', min: 1, max: 1 },
  environment: {
    DATABASE_URL: 'the database of the installation; it is needed',
    SUPERADMIN_PASSWORD: 'the password of a new superadmin; without it one is made and printed once',
  },
  examples: ['npm run superadmin -- you@example.com'],
});

await runJob({ text: 'The superadmin could not be made', code: 1 }, async (lifetime) => {
  const { createSuperadmin } = await import('./superadmin.js');
  return createSuperadmin(operands[0]!, lifetime);
});
