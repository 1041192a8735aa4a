import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEY, Shop } from '../../support/shop.js';

/** A request whose target is sent as it is written. */
function raw(port: number, method: string, target: string, headers: Record<string, string> = {}, body = '') {
  return new Promise<{ status: number; headers: string; body: string }>((resolve, reject) => {
    const lines = { host: 'shop.example', connection: 'close', 'content-length': String(body.length), ...headers };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`${method} ${target} HTTP/1.1\r\n${head.join('')}\r\n${body}`),
    );
    let text = '';
    socket.setEncoding('utf8').on('data', (data) => (text += String(data)));
    socket.on('error', reject);
    socket.on('close', () => {
      const [lines_, ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(text.split(' ')[1]), headers: lines_!.toLowerCase(), body: rest.join('\r\n\r\n') });
    });
  });
}

/** Every spelling of a path that names the same route. */
const spellings = (path: string): [string, string][] => [
  ['as it is', path],
  ['with a slash at the end', `${path}/`],
  ['percent-encoded', path.replace('/api/', '/%61pi/')],
  ['in absolute form', `http://elsewhere.example${path}`],
];

interface Document {
  paths: Record<string, Record<string, { 'x-required-scope'?: string }>>;
}

describe('a route decides, however its address is spelled', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  it('whether a caller is needed: no operation is open in any spelling', async () => {
    const { paths } = (await (await fetch(`${shop.url}/docs-json`)).json()) as Document;
    const closed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => operation['x-required-scope'] !== undefined)
        .map(([method]) => ({ method, path: path.replace(/\{[^}]+\}/g, '01939d00-0000-7000-8000-000000000001') })),
    );
    expect(closed.length).toBeGreaterThan(40);
    for (const { method, path } of closed)
      for (const [, target] of spellings(path)) {
        const { status, headers } = await raw(shop.port, method.toUpperCase(), target);
        expect([path, target, status]).toEqual([path, target, 401]);
        expect(headers).toContain("content-security-policy: default-src 'none'");
      }
  }, 60_000);

  it.each(spellings('/api/v1/webhooks/payments'))(
    'that a body is verified before it is read: %s',
    async (_, target) => {
      const type = { 'content-type': 'application/json' };
      const garbage = await raw(
        shop.port,
        'POST',
        target,
        { ...type, 'x-signature': `t=1,v1=${'0'.repeat(64)}` },
        '{"a":',
      );
      expect([garbage.status, JSON.parse(garbage.body).code]).toEqual([401, 'invalid-signature']);
      const body = JSON.stringify({ id: `evt_${target.length}`, type: 'payment.unknown', data: {} });
      const t = Math.floor(Date.now() / 1000);
      const signature = createHmac('sha256', 'dev_payment_webhook_secret').update(`t=${t}.${body}`).digest('hex');
      const signed = await raw(shop.port, 'POST', target, { ...type, 'x-signature': `t=${t},v1=${signature}` }, body);
      expect(signed.status).toBe(200);
    },
  );

  it('what a request is: one key with one body is one order in every spelling', async () => {
    const mug = await shop.product({ stock: 10 });
    const body = JSON.stringify({ items: [{ productId: mug.id, quantity: 1 }] });
    const headers = { 'content-type': 'application/json', 'x-api-key': KEY, 'idempotency-key': 'spelled' };
    const answers = [];
    for (const [, target] of spellings('/api/v1/orders'))
      answers.push(await raw(shop.port, 'POST', target, headers, body));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
    expect(await shop.stockOf(mug.id)).toBe(9);
  });

  it('which methods there are', async () => {
    for (const [, target] of spellings('/api/v1/orders')) {
      const { status, headers } = await raw(shop.port, 'DELETE', target);
      expect(status).toBe(405);
      expect(headers).toContain('allow: get, head, post');
    }
  });

  it('takes no body in a content coding', async () => {
    const headers = { 'content-type': 'application/json', 'x-api-key': KEY, 'content-encoding': 'gzip' };
    expect((await raw(shop.port, 'POST', '/api/v1/products', headers, 'x')).status).toBe(415);
  });

  it('is limited in every spelling', async () => {
    const limited = await Shop.open({ rateLimit: { requests: 3, seconds: 60 } });
    const statuses = [];
    for (const [, target] of [...spellings('/api/v1/products'), ...spellings('/api/v1/products')])
      statuses.push((await raw(limited.port, 'GET', target)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    await limited.close();
  });

  it('is closed on a worker in every spelling', async () => {
    const worker = await Shop.open({ role: 'worker' });
    for (const [, target] of spellings('/api/v1/products'))
      expect((await raw(worker.port, 'GET', target)).status).toBe(404);
    expect((await raw(worker.port, 'GET', '/health/live')).status).toBe(200);
    await worker.close();
  });
});
