import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { call, ServerProcess } from '../support/server-process.js';

const named = (url: string, role: string, password: string) => {
  const other = new URL(url);
  other.username = role;
  other.password = password;
  return other.href;
};

describe('the role of the program', () => {
  let database: TestDatabase;
  let program: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    program = new pg.Client({ connectionString: database.url });
    await program.connect();
  });
  afterAll(async () => {
    await program.end();
    await database.drop();
  });

  it.each([
    ['change the schema', 'CREATE TABLE mine (id int)'],
    ['change a table', 'ALTER TABLE orders ADD COLUMN mine int'],
    ['empty a table', 'TRUNCATE orders CASCADE'],
    ['take a trigger away', 'DROP TRIGGER events_append_only ON events'],
    ['switch a trigger off', 'ALTER TABLE events DISABLE TRIGGER events_append_only'],
    ['switch all triggers off', `SET session_replication_role = 'replica'`],
    ['delete history', 'DELETE FROM events'],
    ['delete the ledger', 'DELETE FROM ledger_movements'],
    ['say that a migration was applied', `INSERT INTO migrations (timestamp, name) VALUES (1, 'x')`],
    ['make a role', 'CREATE ROLE another'],
    ['read a file of the server', `SELECT pg_read_file('postgresql.conf')`],
    ['run a program on the server', `COPY (SELECT 1) TO PROGRAM 'true'`],
  ])('may not %s', async (_, statement) => {
    await expect(program.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('is made by the migrations of the owner, and then serves without knowing the owner', async () => {
    const empty = await createDatabase();
    await empty.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const role = `program_${Date.now()}`;
    const DATABASE_URL = named(empty.url, role, 'a password of its own');
    const DATA_DIR = mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'data-'));
    const first = await ServerProcess.ready({ DATABASE_URL, DATABASE_OWNER_URL: empty.ownerUrl, DATA_DIR });
    await first.kill('SIGTERM');
    const later = await ServerProcess.ready({ DATABASE_URL, DATA_DIR });
    const product = { name: 'Mug', price: 1000, currency: 'USD', stock: 5 };
    expect((await call(later.url, 'POST', '/products', product, 'mug'))!.status).toBe(201);
    await later.kill('SIGTERM');

    // The schema falls behind: one clear line, and no attempt to change it.
    await empty.query(
      `DELETE FROM migrations WHERE name = (SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1)`,
    );
    const behind = new ServerProcess({ DATABASE_URL, DATA_DIR });
    expect((await behind.ended).code).toBe(1);
    expect(behind.output).toContain('Run npm run migrate with DATABASE_OWNER_URL');
    expect(behind.output).not.toMatch(/^\s+at /m);
    await empty.drop();
    const admin = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await admin.connect();
    await admin.query(`DROP ROLE ${role}`);
    await admin.end();
  }, 60_000);
});
