import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { armFailpoint, failpoint, failpoints } from '#kernel/failpoints.js';
import { readSettings } from '#platform/settings/settings.js';

/** Where the program leaves itself: asking the database, or anybody over the network. */
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
    expect(boundaries.filter(({ text }) => !text.includes('failpoint(')).map(({ file }) => file)).toEqual([]);
  });

  it('are all in use, and each has a name', () => {
    const used = new Set(
      files.flatMap(({ text }) => [...text.matchAll(/failpoint\('([a-z.-]+)'\)/g)].map((match) => match[1]!)),
    );
    expect([...used].sort()).toEqual([...failpoints].sort());
  });

  it('do nothing until they are armed, and then what they are told, when they are told', () => {
    expect(() => failpoint('inbox.stored')).not.toThrow();
    armFailpoint('notice.stored=throw@2,database.before-commit=delay:30');
    expect(() => failpoint('inbox.stored')).not.toThrow();
    expect(() => failpoint('inbox.stored')).toThrow('inbox.stored');
    expect(() => failpoint('inbox.stored')).not.toThrow();
    const begun = performance.now();
    failpoint('database.before-commit');
    expect(performance.now() - begun).toBeGreaterThan(25);
    for (const wrong of ['nowhere', 'notice.stored=explode', 'notice.stored@x', ''])
      expect(() => armFailpoint(wrong)).toThrow('There is no failpoint');
  });

  it('cannot be armed in production', () => {
    const production = {
      NODE_ENV: 'production',
      FAILPOINT: 'inbox.stored',
      JWT_SECRET: 'j'.repeat(40),
      STRIPE_WEBHOOK_SECRET: 's'.repeat(20),
      DATABASE_URL: 'postgres://x/x',
    };
    expect(readSettings(production).failpoint).toBeNull();
  });
});
