import { fileHandles } from '#platform/http/file-handles.js';

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
