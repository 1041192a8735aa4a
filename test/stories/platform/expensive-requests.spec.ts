import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEY, Shop } from '../../support/shop.js';

const KIB = 1024;
const members = (count: number) => Array.from({ length: count }, (_, i) => `"${i.toString(36)}":1`).join(',');

describe('a request that is meant to be expensive', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open({ httpMaxUnderWay: 40 });
  });
  afterAll(() => shop.close());

  const post = async (path: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${shop.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY, 'idempotency-key': 'k', ...headers },
      body,
    });
    const { code, detail, errors } = (await answer.json()) as {
      code: string;
      detail: string;
      errors?: { detail: string }[];
    };
    return { status: answer.status, code, reason: errors?.[0]?.detail ?? detail };
  };
  /** Every POST and PATCH of the API. */
  const operations = async () => {
    const { paths } = (await (await fetch(`${shop.url}/docs-json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    return Object.entries(paths).flatMap(([path, methods]) =>
      ['post', 'patch'].filter((method) => method in methods).map((method) => ({ method, path })),
    );
  };

  it('has a body of at most 16 KiB where anyone may come, 128 KiB elsewhere, and 1 MiB where it is signed', async () => {
    const text = (size: number) => JSON.stringify({ a: 'x'.repeat(size - 8) });
    for (const path of ['/auth/register', '/auth/login', '/auth/refresh']) {
      expect(await post(path, text(16 * KIB + 1))).toMatchObject({ status: 413, code: 'payload-too-large' });
      expect(await post(path, text(16 * KIB))).toMatchObject({ status: 400, code: 'validation-failed' });
    }
    expect((await post('/orders', text(128 * KIB + 1))).status).toBe(413);
    expect((await post('/orders', text(128 * KIB))).status).toBe(400);
    expect((await post('/webhooks/stripe', text(1024 * KIB + 1))).status).toBe(413);
    expect(await post('/webhooks/stripe', text(1024 * KIB))).toMatchObject({ code: 'invalid-signature' });
  });

  it.each([
    [
      'more members of an object',
      `{"items":[],"metadata":{${members(1_001)}}}`,
      'an object must not have more than 1000',
    ],
    ['a longer list', `{"items":[${Array(1_001).fill('1').join(',')}]}`, 'a list must not have more than 1000'],
    [
      'more values in all',
      `{"items":[${Array(900).fill('[1,2,3,4,5,6,7,8,9,10,11,12]').join(',')}]}`,
      'the body must not contain more than 10000',
    ],
    ['deeper nesting', `{"a":${'['.repeat(21)}${']'.repeat(21)}}`, 'nested more than 20 levels'],
  ])('is refused for %s', async (_, body, reason) => {
    expect(await post('/orders', body)).toMatchObject({ status: 400, reason: expect.stringContaining(reason) });
  });

  it('costs no operation more than twice as much when it is twice as large', async () => {
    for (const { method, path } of await operations()) {
      const url = `${shop.url}${path.replace(/\{[^}]+\}/g, '01939d00-0000-7000-8000-000000000001')}`;
      const cost = async (count: number) => {
        // CPU of this process, which runs the program too: a busy machine does not count.
        const begun = process.cpuUsage();
        const answer = await fetch(url, {
          method: method.toUpperCase(),
          headers: { 'content-type': 'application/json', 'x-api-key': KEY, 'idempotency-key': `${path}${count}` },
          body: `{${members(count)}}`,
        });
        await answer.text();
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        const { user, system } = process.cpuUsage(begun);
        return (user + system) / 1000;
      };
      const least = async (count: number) => Math.min(await cost(count), await cost(count), await cost(count));
      // A few milliseconds are for what does not depend on the size, and for what the program does besides.
      expect({ path, isLinear: (await least(1_000)) < 2 * (await least(500)) + 30 }).toEqual({
        path,
        isLinear: true,
      });
    }
  }, 60_000);

  it('with a slow body keeps no other address out', async () => {
    const slow = await Promise.all(
      Array.from(
        { length: 60 },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = connect(shop.port, '127.0.0.1', () => {
              socket.write(
                'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
              );
              resolve(socket);
            });
            socket.on('error', () => undefined);
          }),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await shop.get('/orders').expect(200);
    const other = await new Promise<string>((resolve) => {
      const body = '{"email":"a@b.cc","password":"not this one"}';
      const socket = connect({ port: shop.port, host: '127.0.0.1', localAddress: '127.0.0.2' }, () => {
        socket.write(
          `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      });
      let text = '';
      socket.on('data', (data: Buffer) => (text += data.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(other).toMatch(/^HTTP\/1\.1 401 /);
    for (const socket of slow) socket.destroy();
  });
});
