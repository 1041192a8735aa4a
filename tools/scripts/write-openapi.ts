import { writeFileSync } from 'node:fs';
import { commandLine } from '#platform/command-line/command-line.js';

commandLine({
  name: 'npm run openapi',
  purpose: 'Writes docs/openapi.json and docs/scopes.md, which tests compare with the source.',
});
const { describeApi } = await import('#app/describe-api.js');
const { scopesPage } = await import('#app/scopes-page.js');
const document = await describeApi();
writeFileSync('docs/openapi.json', `${JSON.stringify(document, null, 2)}\n`);
writeFileSync('docs/scopes.md', scopesPage(document));
process.stdout.write('docs/openapi.json and docs/scopes.md are written.\n');
