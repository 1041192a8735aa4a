import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { audit, clean } from '../../support/books.js';
import { Receiver, type Received } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { merchantOf, message, type Endpoint } from './merchant.js';

const HOUR = 3600;

describe('merchants’ endpoints', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  const { register, came, attempted, removeEndpoints } = merchantOf(
    () => shop,
    () => receiver,
  );
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true });
    mug = await shop.product({ stock: 10_000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });
  beforeEach(async () => {
    receiver = await Receiver.open();
  });
  afterEach(async () => {
    await removeEndpoints();
    await receiver.close();
  });

  /** The library has no clock to move, so its signature for the instant of the message is what is looked for. */
  const isSignedWith = (secret: string, received: Received) => {
    const { headers, body } = received;
    const signature = new Webhook(secret).sign(
      message(received).id,
      new Date(Number(headers['webhook-timestamp']) * 1000),
      body,
    );
    return String(headers['webhook-signature']).split(' ').includes(signature);
  };

  it('are registered with a secret that is shown once', async () => {
    const answer = await shop
      .post('/webhooks/endpoints', { url: receiver.url, events: ['order.*', 'payment.succeeded'] })
      .expect(201);
    const endpoint = answer.body as Endpoint;
    expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(answer.headers['location']).toBe(`/api/v1/webhooks/endpoints/${endpoint.id}`);
    const read = await shop.get(`/webhooks/endpoints/${endpoint.id}`).expect(200);
    expect(read.body).toMatchObject({
      url: receiver.url,
      events: ['order.*', 'payment.succeeded'],
      status: 'enabled',
      description: null,
      version: 1,
    });
    expect(read.text).not.toContain('whsec_');
    expect((await shop.get('/webhooks/endpoints').expect(200)).text).not.toContain('whsec_');
    expect((await shop.get(`/events?subjectId=${endpoint.id}`).expect(200)).text).not.toContain('whsec_');
    expect(
      (await shop.get(`/webhooks/endpoints/${endpoint.id}`).set('If-None-Match', read.headers['etag'] as string))
        .status,
    ).toBe(304);
  });

  it('are registered once when the request is repeated, and get the same secret', async () => {
    const key = randomUUID();
    const body = { url: receiver.url, events: ['*'] };
    const first = await shop.post('/webhooks/endpoints', body, key).expect(201);
    const again = await shop.post('/webhooks/endpoints', body, key).expect(201);
    expect(again.text).toBe(first.text);
    expect(((await shop.get('/webhooks/endpoints')).body as { data: unknown[] }).data).toHaveLength(1);
  });

  it.each([
    [{ events: ['order.teleported'] }, 'events'],
    [{ events: ['user.*'] }, 'events'],
    [{ events: [] }, 'events'],
    [{ events: 'order.placed' }, 'events'],
    [{ events: ['*', '*'] }, 'events'],
    [{ url: 7 }, 'url'],
    [{ color: 'red' }, 'color'],
  ])('are refused with %j', async (wrong, member) => {
    const { body } = await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['*'], ...wrong }).expect(400);
    expect(body).toMatchObject({ code: 'validation-failed' });
    expect(JSON.stringify((body as { errors: unknown }).errors)).toContain(`#/${member}`);
  });

  it.each(['ftp://example.com/', 'nonsense', 'https://user:secret@example.com/'])('are refused at %s', async (url) => {
    expect((await shop.post('/webhooks/endpoints', { url, events: ['*'] }).expect(422)).body).toMatchObject({
      code: 'destination-not-allowed',
    });
  });

  it('are signed for with the old secret too for 24 hours after a rotation', async () => {
    const endpoint = await register(['order.placed']);
    const rotated = (await shop.post(`/webhooks/endpoints/${endpoint.id}/rotate-secret`).expect(200)).body as Endpoint;
    expect(rotated.secret).not.toBe(endpoint.secret);
    await shop.order(mug.id);
    await came(1);
    expect(String(receiver.received[0]!.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(isSignedWith(endpoint.secret, receiver.received[0]!)).toBe(true);
    expect(isSignedWith(rotated.secret, receiver.received[0]!)).toBe(true);
    await shop.pass(24 * HOUR + 1);
    await shop.order(mug.id);
    await came(2);
    const late = receiver.received[1]!;
    expect(String(late.headers['webhook-signature']).split(' ')).toHaveLength(1);
    expect([isSignedWith(rotated.secret, late), isSignedWith(endpoint.secret, late)]).toEqual([true, false]);
  });

  it('may be signed for with ed25519 besides, so that a receiver keeps nothing that can sign', async () => {
    const plain = await register(['order.placed']);
    expect(plain).toMatchObject({ publicKey: null });
    await shop.delete(`/webhooks/endpoints/${plain.id}`).expect(204);
    const { body: endpoint } = await shop
      .post('/webhooks/endpoints', { url: receiver.url, events: ['order.placed'], ed25519: true })
      .expect(201);
    expect(endpoint.publicKey).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    expect(JSON.stringify(endpoint)).not.toContain('whsk_');
    const isSigned = (publicKey: string, { headers, body }: Received) => {
      const x = Buffer.from(publicKey.slice(5), 'base64').toString('base64url');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      const content = Buffer.from(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`);
      return String(headers['webhook-signature'])
        .split(' ')
        .filter((signature) => signature.startsWith('v1a,'))
        .some((signature) => verify(null, content, key, Buffer.from(signature.slice(4), 'base64')));
    };
    await shop.order(mug.id);
    await came(1);
    const first = receiver.received[0]!;
    expect([isSigned(endpoint.publicKey as string, first), isSignedWith(endpoint.secret as string, first)]).toEqual([
      true,
      true,
    ]);
    expect(isSigned(endpoint.publicKey as string, { ...first, body: `${first.body} ` })).toBe(false);

    const { body: rotated } = await shop.post(`/webhooks/endpoints/${endpoint.id}/rotate-secret`).expect(200);
    expect(rotated.publicKey).not.toBe(endpoint.publicKey);
    await shop.order(mug.id);
    await came(2);
    for (const key of [endpoint.publicKey, rotated.publicKey])
      expect(isSigned(key as string, receiver.received[1]!)).toBe(true);
    const { body: off } = await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { ed25519: false }).expect(200);
    expect(off.publicKey).toBeNull();
    await shop.order(mug.id);
    await came(3);
    expect(String(receiver.received[2]!.headers['webhook-signature'])).not.toContain('v1a,');
    const { body: on } = await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { ed25519: true }).expect(200);
    expect(on.publicKey).toMatch(/^whpk_/);
    const { body: same } = await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { ed25519: true }).expect(200);
    expect([same.publicKey, same.version]).toEqual([on.publicKey, on.version]);
  });

  it('are tested on demand, whatever they are subscribed to', async () => {
    const endpoint = await register(['balance.deposited']);
    const answer = await shop.post(`/webhooks/endpoints/${endpoint.id}/test`).set('Prefer', 'wait=10').expect(200);
    expect(answer.body).toMatchObject({
      endpointId: endpoint.id,
      delivery: { eventType: 'webhook.test', status: 'delivered', attempts: [{ status: 200 }] },
    });
    expect(message(receiver.received[0]!)).toMatchObject({ type: 'webhook.test', data: { endpointId: endpoint.id } });
    expect(isSignedWith(endpoint.secret, receiver.received[0]!)).toBe(true);
  });

  it('are changed under their version, and told by what they are now', async () => {
    const endpoint = await register(['order.placed']);
    const etag = (await shop.get(`/webhooks/endpoints/${endpoint.id}`)).headers['etag'] as string;
    await shop
      .patch(`/webhooks/endpoints/${endpoint.id}`, { events: ['product.created'] })
      .set('If-Match', etag)
      .expect(200);
    await shop
      .patch(`/webhooks/endpoints/${endpoint.id}`, { events: ['*'] })
      .set('If-Match', etag)
      .expect(412);
    await shop.order(mug.id);
    await shop.product();
    await came(1);
    expect(receiver.received.map((received) => message(received).type)).toEqual(['product.created']);
  });

  it('that are deleted are told nothing more', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [500];
    await shop.order(mug.id);
    await attempted(endpoint.id, 1);
    await shop.delete(`/webhooks/endpoints/${endpoint.id}`).expect(204);
    await shop.get(`/webhooks/endpoints/${endpoint.id}`).expect(404);
    await shop.get(`/webhooks/endpoints/${endpoint.id}/deliveries`).expect(404);
    await shop.pass(HOUR);
    await shop.order(mug.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received).toHaveLength(1);
  });
});

describe('receivers behind an authorization', () => {
  it('are sent the headers that were registered, which are never shown', async () => {
    const shop = await Shop.open({ webhookAllowPrivate: true });
    const receiver = await Receiver.open();
    const headers = { Authorization: 'Bearer of-the-receiver', 'X-Tenant': '42' };
    const made = await shop
      .post('/webhooks/endpoints', { url: receiver.url, events: ['product.*'], headers })
      .expect(201);
    expect(made.body).toMatchObject({ headerNames: ['authorization', 'x-tenant'] });
    expect(made.text).not.toContain('of-the-receiver');
    await shop.product();
    const [first] = await eventually(
      async () => receiver.received,
      ({ length }) => length > 0,
    );
    expect(first!.headers).toMatchObject({ authorization: 'Bearer of-the-receiver', 'x-tenant': '42' });
    const { body } = await shop.patch(`/webhooks/endpoints/${made.body.id}`, { headers: {} }).expect(200);
    expect(body.headerNames).toEqual([]);
    const [dump] = await shop.database.query<{ all: string }>(
      `SELECT string_agg(e::text, '') || (SELECT string_agg(w::text, '') FROM webhook_endpoints w) AS all FROM events e`,
    );
    expect(dump!.all).not.toContain('of-the-receiver');
    for (const wrong of [
      { 'webhook-id': 'x' },
      { host: 'x' },
      { 'content-type': 'x' },
      { a: 'line\r\nx: y' },
      { 'a b': 'x' },
      { a: 1 },
      { a: '' },
      Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`h${i}`, 'x'])),
    ])
      await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['*'], headers: wrong }).expect(400);
    await receiver.close();
    await shop.close();
  });
});
