import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { call, ServerProcess } from '../support/server-process.js';
import { eventually } from '../support/shop.js';
import { isReady, saysOfDatabase } from './readiness.js';

const newDirectory = () => mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'unfit-'));

describe('a database that is set up otherwise', () => {
  let database: TestDatabase | null = null;
  afterEach(async () => {
    await database?.drop();
    database = null;
  });
  const nameOf = (url: string) => new URL(url).pathname.slice(1);
  const cut = (name: string) =>
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`;

  it('with other formats of dates and numbers, and a shell with PGOPTIONS, is read all the same', async () => {
    database = await createDatabase();
    const name = nameOf(database.url);
    for (const setting of [`datestyle = 'German'`, `intervalstyle = 'sql_standard'`, `timezone = 'Asia/Kolkata'`])
      await database.query(`ALTER DATABASE ${name} SET ${setting}`);
    const env = { DATA_DIR: newDirectory(), DATABASE_URL: database.url, PGOPTIONS: '-c search_path=nowhere' };
    const server = await ServerProcess.ready({ ...env, NODE_ENV: 'test' });
    const made = (await call(server.url, 'POST', '/products', { name: 'Mug', price: 100, currency: 'USD' }, 'key'))!;
    expect(made.status).toBe(201);
    const read = (await call(server.url, 'GET', `/products/${made.body.id}`))!;
    expect([read.status, read.body.createdAt]).toEqual([200, made.body.createdAt]);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 60_000);

  it('that has become read-only is not ready, says so, and is ready again when it is mended', async () => {
    database = await createDatabase();
    const name = nameOf(database.url);
    const server = await ServerProcess.ready({
      DATA_DIR: newDirectory(),
      DATABASE_URL: database.url,
      NODE_ENV: 'test',
    });
    await isReady(server.url);
    await database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await database.query(cut(name)).catch(() => undefined);
    await eventually(
      () => saysOfDatabase(server.url),
      (check) => check?.ok === false && check.detail === 'It is read-only.',
    );
    const written = (await call(server.url, 'POST', '/products', { name: 'Mug', price: 1, currency: 'USD' }, 'w'))!;
    expect(written.status).toBe(503);
    const admin = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await admin.connect();
    await admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await admin.query(cut(name));
    await admin.end();
    await isReady(server.url);
    await server.kill('SIGTERM');
  }, 60_000);

  it.each(['LATIN1', 'SQL_ASCII'])(
    'in %s is refused in one line',
    async (encoding) => {
      const admin = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
      await admin.connect();
      const name = `test_${randomBytes(6).toString('hex')}`;
      await admin.query(
        `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
      );
      const url = process.env['TEST_DATABASE_URL']!.replace('/postgres?', `/${name}?`);
      const server = new ServerProcess({ DATA_DIR: newDirectory(), DATABASE_URL: url, NODE_ENV: 'test' });
      expect((await server.ended).code).toBe(1);
      expect(server.output).toMatch(
        new RegExp(`^The database ${name} is encoded in ${encoding}, which cannot hold .*\\n$`),
      );
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
    60_000,
  );

  it('without TLS where the address asks for it is named with what to do', async () => {
    database = await createDatabase();
    const url = `${database.url.split('?')[0]}?sslmode=require`;
    const server = new ServerProcess({ DATA_DIR: newDirectory(), DATABASE_URL: url, NODE_ENV: 'test' });
    expect((await server.ended).code).toBe(1);
    expect(server.output).toMatch(/cannot be used: .*SSL.*sslmode=disable/);
    expect(server.output).not.toMatch(/\n\s+at /);
  }, 60_000);
});
