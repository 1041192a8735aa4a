import { writeFileSync } from 'node:fs';
import { commandLine } from '#platform/command-line/command-line.js';

commandLine({
  name: 'npm run openapi',
  purpose: 'Writes docs/openapi.json, the document that a test compares with the source.',
});
const { describeApi } = await import('#app/describe-api.js');
writeFileSync('docs/openapi.json', `${JSON.stringify(await describeApi(), null, 2)}\n`);
process.stdout.write('docs/openapi.json is written.\n');
