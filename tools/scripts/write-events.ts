import { writeFileSync } from 'node:fs';
import { commandLine } from '#platform/command-line/command-line.js';

commandLine({
  name: 'npm run events',
  purpose: 'Writes docs/events.md, the page that a test compares with the source.',
});
const { eventsPage } = await import('#app/describe-events.js');
writeFileSync('docs/events.md', eventsPage());
process.stdout.write('docs/events.md is written.\n');
