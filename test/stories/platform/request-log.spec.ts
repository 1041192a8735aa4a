import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { ServerProcess } from '../../support/server-process.js';
import { eventually } from '../../support/shop.js';

describe('the log of requests', () => {
  let database: TestDatabase;
  let server: ServerProcess & { url: string };
  beforeAll(async () => {
    database = await createDatabase();
    server = await ServerProcess.ready({ DATABASE_URL: database.url, LOG_LEVEL: 'info', DEMO_DATA: 'false' });
  });
  afterAll(async () => {
    await server.kill('SIGTERM');
    await database.drop();
  });

  const lineOf = async (requestId: string) => {
    const output = await eventually(
      async () => server.output,
      (text) => text.includes(requestId),
    );
    return JSON.parse(output.split('\n').find((line) => line.includes(requestId))!) as Record<string, unknown>;
  };
  const ask = (path: string, requestId: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/api/v1${path}`, { headers: { 'x-request-id': requestId, ...headers } });

  it('names the caller and the network of the address, refused or not', async () => {
    await ask('/orders', 'request-of-the-key', { 'x-api-key': 'test-key-123' });
    await ask('/orders', 'request-of-nobody');
    await ask('/auth/me', 'request-that-is-refused', { 'x-api-key': 'test-key-123' });
    const network = '127.0.0.0';
    expect(await lineOf('request-of-the-key')).toMatchObject({ caller: 'key:demo', network, status: 200 });
    expect(await lineOf('request-of-nobody')).toMatchObject({ caller: 'anonymous', network, status: 401 });
    expect(await lineOf('request-that-is-refused')).toMatchObject({ caller: 'key:demo', network, status: 403 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('access_refused_total{reason="unauthenticated"} 1');
    expect(metrics).toContain('access_refused_total{reason="forbidden"} 1');
  });
});
