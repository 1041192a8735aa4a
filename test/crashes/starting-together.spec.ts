import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrate } from '#platform/database/migrate.js';

describe('processes that start together on an empty database', () => {
  it('migrate it once and wait for one another, ten times', async () => {
    const admin = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await admin.connect();
    for (let i = 0; i < 10; i++) {
      const name = `empty_${randomBytes(6).toString('hex')}`;
      await admin.query(`CREATE DATABASE ${name}`);
      const url = process.env['TEST_DATABASE_URL']!.replace('/postgres?', `/${name}?`);
      // Each is waited for, also when another has failed, so that none of them still runs when the test is over.
      const ended = await Promise.allSettled([migrate(url), migrate(url), migrate(url)]);
      expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      expect(ended.filter((one) => one.status === 'fulfilled' && one.value.length > 0)).toHaveLength(1);
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
    await admin.end();
  }, 120_000);
});
