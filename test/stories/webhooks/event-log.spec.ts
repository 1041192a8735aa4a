import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import supertest from 'supertest';
import { publicEvents } from '#modules/webhooks/application/event-types.js';
import { subscriptions } from '#app/subscriptions.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

interface Event {
  id: string;
  type: string;
  subject: { type: string; id: string };
  sequence: number;
  data: Record<string, unknown>;
  occurredAt: string;
  requestId: string | null;
  causedBy: string | null;
  actor: string | null;
}
interface EventType {
  type: string;
  description: string;
  schema: object;
  example: { id: string; type: string; timestamp: string; sequence: number; data: object };
}

describe('the event log', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(() => shop.close());

  const read = async (query: string) =>
    (await shop.get(`/events${query}`).expect(200)).body as { data: Event[]; nextCursor: string | null };

  it('tells of a subject everything in order, with the request and the event that caused it', async () => {
    const requestId = 'request-of-this-test';
    const { body } = await shop
      .post('/orders', { items: [{ productId: mug.id, quantity: 1 }] })
      .set('X-Request-Id', requestId)
      .expect(201);
    const order = body as { id: string };
    const payment = await shop.intent(order.id);
    await shop.confirm(payment.id);
    await shop.orderBecomes(order.id, 'paid');
    const { data } = await read(`?subjectId=${order.id}`);
    expect(data.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['order.completed', 2],
      ['order.placed', 1],
    ]);
    expect(data[1]).toMatchObject({
      subject: { type: 'order', id: order.id },
      requestId,
      causedBy: null,
      actor: 'key:demo',
      data: { orderId: order.id },
    });
    const { data: ofPayment } = await read(`?subjectId=${payment.id}`);
    const known = new Set(ofPayment.map(({ id }) => id));
    expect(ofPayment.map(({ sequence }) => sequence)).toEqual(ofPayment.map((_, i) => ofPayment.length - i));
    const succeeded = ofPayment.find(({ type }) => type === 'payment.succeeded')!;
    expect(succeeded.causedBy).not.toBeNull();
    expect(ofPayment.map(({ actor }) => actor)).toContain('provider:stripe');
    expect(known.has(data[0]!.causedBy!) || data[0]!.causedBy !== null).toBe(true);
  });

  it('is filtered by type and paged without a gap while it grows', async () => {
    for (let i = 0; i < 9; i++) await shop.order(mug.id);
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { data: Event[]; nextCursor: string | null } = await read(
        `?type=order.placed&limit=4${cursor && `&cursor=${cursor}`}`,
      );
      expect(page.data.every(({ type }) => type === 'order.placed')).toBe(true);
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
      await shop.order(mug.id);
    }
    expect(ids.length).toBeGreaterThanOrEqual(9);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    await shop.get('/events?cursor=nonsense').expect(400);
    await shop.get('/events?subjectId=nonsense').expect(400);
    expect((await read('?type=nothing.happened')).data).toEqual([]);
  });

  it('shows events about users only to those who may see users', async () => {
    await supertest(shop.url)
      .post('/api/v1/auth/register')
      .send({ email: 'ada@example.com', password: 'correct horse battery' })
      .expect(201);
    expect((await read('?type=user.registered')).data).toHaveLength(1);
    const { body } = await shop.post('/api-keys', { name: 'reader', scopes: ['operations:read'] }).expect(201);
    const answer = await supertest(shop.url)
      .get('/api/v1/events?type=user.registered')
      .set('X-Api-Key', (body as { key: string }).key)
      .expect(200);
    expect((answer.body as { data: unknown[] }).data).toEqual([]);
  });

  it('has a schema and an example for every type, at /webhooks/event-types and in the OpenAPI document', async () => {
    const { data } = (await shop.get('/webhooks/event-types').expect(200)).body as { data: EventType[] };
    const promised = [
      ...['order.placed', 'order.completed', 'order.canceled'],
      ...[
        'payment.processing',
        'payment.authorized',
        'payment.succeeded',
        'payment.failed',
        'payment.canceled',
        'payment.refunded',
      ],
      ...['product.created', 'product.updated', 'product.deleted', 'product.stock_adjusted'],
      'tariff.published',
      ...[
        'balance.deposited',
        'balance.withdrawn',
        'balance.blocked',
        'balance.captured',
        'balance.released',
        'webhook.test',
      ],
    ];
    expect(data.map(({ type }) => type)).toEqual(expect.arrayContaining(promised));
    const { webhooks } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as { webhooks: Record<string, unknown> };
    expect(Object.keys(webhooks).sort()).toEqual(data.map(({ type }) => type).sort());
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    for (const { type, schema, example } of data) {
      const validate = ajv.compile(schema);
      expect([type, validate(example.data), validate.errors]).toEqual([type, true, null]);
      expect(example).toMatchObject({ type, sequence: expect.any(Number) });
    }
  });

  it('gives every public type to endpoints, and no other', () => {
    const given = Object.entries(subscriptions)
      .filter(([, reactions]) =>
        reactions.some(({ consumer: { id } }) => id === 'webhooks.fan-out' || id === 'webhooks.send-test'),
      )
      .map(([type]) => type);
    expect(given.sort()).toEqual([...publicEvents.keys()].sort());
  });

  it('holds what the schemas say, for every type', async () => {
    const coin = async (path: string, body: object) => shop.post(path, body).expect(201);
    await coin('/balances/ada/deposits', { amount: 5000, currency: 'USD' });
    await coin('/balances/ada/withdrawals', { amount: 500, currency: 'USD' });
    const held = await shop.order(mug.id, 1, { customerId: 'ada', paymentMethod: 'balance' });
    await shop.post(`/orders/${held.id}/cancel`).expect(200);
    const bought = await shop.order(mug.id, 1, { customerId: 'ada', paymentMethod: 'balance' });
    await shop.post(`/orders/${bought.id}/complete`).expect(200);
    const ofBalance = await eventually(
      async () =>
        ((await shop.get(`/payments?orderId=${bought.id}`).expect(200)).body as { data: { id: string }[] }).data,
      (payments) => payments.length > 0,
    );
    await shop.post(`/payments/${ofBalance[0]!.id}/refunds`, { amount: 100 }).expect(202);
    const { payment } = await shop.paid(mug.id);
    await shop.post(`/payments/${payment.id}/refunds`, { amount: 100 }).set('Prefer', 'wait=10').expect(200);
    const { order, payment: authorized } = await shop.authorized(mug.id);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await shop.becomes(authorized.id, 'canceled');
    const declined = await shop.intent((await shop.order(mug.id)).id);
    await shop.confirm(declined.id, 'pm_card_chargeDeclined');
    await shop.becomes(declined.id, 'failed');
    for (const [card, state] of [
      ['pm_card_threeDSecure2Required', 'requires_action'],
      ['pm_card_createDispute', 'disputed'],
    ] as const) {
      const one = await shop.order(mug.id);
      const intent = await shop.intent(one.id);
      await shop.confirm(intent.id, card);
      await shop.orderBecomes(one.id, state);
      const [dispute] = (await shop.stripe().disputes.list({ payment_intent: intent.paymentIntentId })).data;
      if (dispute) shop.simulator.decideDispute(dispute.id, false);
      if (dispute)
        await eventually(
          () => shop.paymentNow(intent.id),
          ({ disputes }) => disputes[0]?.status === 'lost',
        );
    }
    const saved = { customerId: 'ada', paymentMethodId: 'pm_card_visa' };
    const { body: method } = await shop.post('/payments/methods', saved).expect(201);
    await shop.delete(`/payments/methods/${method.id}`).expect(204);
    await coin('/tax-rates', { country: 'DE', name: 'VAT', ratePpm: 190_000 });
    const gone = await Receiver.open();
    gone.statuses = [410];
    const { body: endpoint } = await shop.post('/webhooks/endpoints', { url: gone.url, events: ['*'] }).expect(201);
    const product = await shop.product();
    await eventually(
      async () => (await shop.get(`/webhooks/endpoints/${endpoint.id}`).expect(200)).body as { status: string },
      ({ status }) => status === 'disabled',
    );
    await gone.close();
    await shop.patch(`/products/${product.id}`, { price: 1 }).expect(200);
    await coin(`/products/${product.id}/stock-adjustments`, { delta: 1, reason: 'found one' });
    await shop.delete(`/products/${product.id}`).expect(204);

    const { data: types } = (await shop.get('/webhooks/event-types').expect(200)).body as { data: EventType[] };
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    for (const { type, schema } of types.filter((one) => one.type !== 'webhook.test')) {
      // No member may be there that the schema does not know.
      const shapes = (schema as { anyOf?: object[] }).anyOf?.map((one) => ({ ...one, additionalProperties: false }));
      const validate = ajv.compile(shapes ? { ...schema, anyOf: shapes } : { ...schema, additionalProperties: false });
      const { data } = await read(`?type=${type}&limit=100`);
      expect([type, data.length > 0]).toEqual([type, true]);
      for (const event of data) expect([type, validate(event.data), validate.errors]).toEqual([type, true, null]);
    }
  });
});
