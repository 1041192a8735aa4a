import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import '#app/application.js';
import { readSettings } from '#app/settings.js';
import { allFailpoints, armFailpoint, defineFailpoint } from '#kernel/failpoints.js';

/** Where the program leaves itself: asking the database, or another server over the network. */
const boundary = /\bfetch\(|\bhttpsRequest\b|\bpool\.query\(|\bclient\.query[<(]|new Stripe\(/;
/** Boundaries at which nothing of the business is under way. */
const exempt = ['platform/database/embedded-postgres.ts', 'platform/database/migrate.ts'];

describe('failpoints', () => {
  afterEach(() => armFailpoint(null));
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(`src/${file}`, 'utf8') }));

  it('stand at every boundary to the database and the network', () => {
    const boundaries = files.filter(({ file, text }) => boundary.test(text) && !exempt.includes(file));
    expect(boundaries.map(({ file }) => file).length).toBeGreaterThanOrEqual(7);
    expect(
      boundaries
        .filter(({ text }) => !/defineFailpoint\(|afterProviderAnswer|calls: StripeCalls/.test(text))
        .map(({ file }) => file),
    ).toEqual([]);
  });

  it('are all in use, and each has a name of its own', () => {
    const defined = files.flatMap(({ file, text }) =>
      [...text.matchAll(/const (\w+) = defineFailpoint\('([a-z.-]+)'\)/g)].map(([, variable, name]) => ({
        file,
        name: name!,
        uses: files.filter((other) => new RegExp(`\\b${variable}(\\(\\)|,)`).test(other.text)).length,
      })),
    );
    expect(defined.map(({ name }) => name).sort()).toEqual(allFailpoints());
    expect(defined.filter(({ uses }) => uses === 0)).toEqual([]);
  });

  it('do nothing until they are armed, and then what they are told, when they are told', () => {
    const stored = defineFailpoint('inbox.stored');
    const beforeCommit = defineFailpoint('database.before-commit');
    expect(stored).not.toThrow();
    armFailpoint('inbox.stored=throw@2,database.before-commit=delay:30');
    expect(stored).not.toThrow();
    expect(stored).toThrow('inbox.stored');
    expect(stored).not.toThrow();
    const begun = performance.now();
    beforeCommit();
    expect(performance.now() - begun).toBeGreaterThan(25);
    for (const wrong of ['nowhere', 'inbox.stored=explode', 'inbox.stored@x', ''])
      expect(() => armFailpoint(wrong)).toThrow('There is no failpoint');
  });

  it('cannot be armed in production', () => {
    const production = {
      NODE_ENV: 'production',
      FAILPOINT: 'inbox.stored',
      PAYMENTS: 'simulator',
      JWT_SECRET: 'n8Wf3Rk6Ty1Qm9Zx4Vb7Lc2Hs5Jd0Gp8Ua3Ei6Ow',
      STRIPE_WEBHOOK_SECRET: 'whsec_vQ3k7Zp1mT9xLc5bYw2nRd8f',
      DATABASE_URL: 'postgres://x/x',
    };
    expect(readSettings(production).failpoint).toBeNull();
  });
});
