import { commandLine } from '#platform/command-line/command-line.js';
import { fileHandles } from '#platform/http/file-handles.js';

commandLine({
  name: 'npm start',
  purpose:
    'Serves the shop until it is asked to end: Ctrl-C or SIGTERM drains it. Everything is set by the environment and by the file .env in the working directory; every variable is in .env.example.',
  readsEnvironmentFile: true,
  environment: {
    PORT: 'where it listens (default: 3000; 0 picks a free port)',
    HOST: 'the address it listens on (default: 127.0.0.1)',
    DATABASE_URL: 'a PostgreSQL 15 or newer; without it an embedded one is started',
    DATA_DIR: 'the data of the embedded database (default: .data)',
    ROLE: 'all, api or worker (default: all)',
    PROCESSES: 'how many processes share the port (default: 1)',
    LOG_LEVEL: 'fatal, error, warn, info, debug, trace or silent (default: info)',
  },
  examples: ['npm start', 'PORT=4000 LOG_LEVEL=warn npm start'],
});

/** Node opens every file of a program at once when it loads it; besides, callers and the database need connections. */
const LEAST_HANDLES = 1_024;

const handles = fileHandles();
if (handles !== null && handles < LEAST_HANDLES) {
  process.stderr.write(
    `This process may open ${handles} files and connections; it needs ${LEAST_HANDLES}. Raise the limit: ulimit -n ${LEAST_HANDLES}\n`,
  );
  process.exit(1);
}
await import('#app/serve.js');
