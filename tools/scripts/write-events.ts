import { writeFileSync } from 'node:fs';
import { eventsPage } from '#app/describe-events.js';

/** `npm run events`: writes the page that is committed and compared by a test. */
writeFileSync('docs/events.md', eventsPage());
process.stdout.write('docs/events.md is written.\n');
