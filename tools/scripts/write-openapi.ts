import { writeFileSync } from 'node:fs';
import { describeApi } from '#app/describe-api.js';

/** `npm run openapi`: writes the document that is committed and compared by a test. */
writeFileSync('docs/openapi.json', `${JSON.stringify(await describeApi(), null, 2)}\n`);
process.stdout.write('docs/openapi.json is written.\n');
