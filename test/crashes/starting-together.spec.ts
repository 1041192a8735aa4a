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
      const role = { name: `program_of_${name}`, password: 'not a secret' };
      const ended = await Promise.allSettled([1, 2, 3].map(() => migrate(url, role)));
      expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
      expect(ended.filter((one) => one.status === 'fulfilled' && one.value.length > 0)).toHaveLength(1);
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.query(`DROP ROLE program_of_${name}`);
    }
    await admin.end();
  }, 120_000);

  it('leave it alone while another one migrates', async () => {
    const admin = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await admin.connect();
    const name = `empty_${randomBytes(6).toString('hex')}`;
    await admin.query(`CREATE DATABASE ${name}`);
    const url = process.env['TEST_DATABASE_URL']!.replace('/postgres?', `/${name}?`);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query('BEGIN; SELECT pg_advisory_xact_lock(7031976001)');
    const migrating = migrate(url);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const { rows } = await other.query<{ table: string | null }>(`SELECT to_regclass('migrations')::text AS table`);
    await other.query('ROLLBACK');
    const applied = await migrating;
    await other.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
    expect(rows[0]!.table).toBeNull();
    expect(applied.length).toBeGreaterThan(10);
  }, 60_000);
});
