import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { merchantOf, message } from './merchant.js';

const HOUR = 3600;

describe('endpoints that stop taking messages', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  const { register, now, deliveries, came, settled, attempted, removeEndpoints } = merchantOf(
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

  it('that answer 410 are disabled and told nothing, and can be enabled and recovered', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [410];
    const first = await shop.order(mug.id);
    const gone = await eventually(
      () => now(endpoint.id),
      ({ status }) => status === 'disabled',
    );
    expect(gone.disabledReason).toBe('gone');
    const second = await shop.order(mug.id);
    await shop.post(`/webhooks/endpoints/${endpoint.id}/test`).expect(409);
    await shop.post(`/webhooks/endpoints/${endpoint.id}/recover`, { since: '2026-01-01T00:00:00Z' }).expect(409);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.received).toHaveLength(1);
    await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'enabled' }).expect(200);
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const known = await shop.database.query<{ id: string }>(`SELECT id FROM events WHERE type = 'order.placed'`);
    const { body } = await shop.post(`/webhooks/endpoints/${endpoint.id}/recover`, { since }).expect(202);
    expect(body).toEqual({ count: known.length });
    await came(1 + known.length);
    const orders = receiver.received.slice(1).map((received) => message(received).data['orderId']);
    expect(orders).toEqual(expect.arrayContaining([first.id, second.id]));
    expect(new Set(receiver.received.slice(1).map(({ headers }) => headers['webhook-id'])).size).toBe(known.length);
    // What has been delivered is not sent again.
    await eventually(
      () => deliveries(endpoint.id, '?status=pending'),
      (pending) => pending.length === 0,
    );
    expect((await shop.post(`/webhooks/endpoints/${endpoint.id}/recover`, { since }).expect(202)).body).toEqual({
      count: 0,
    });
  });

  it('that are disabled are told of to another endpoint that wants to hear it', async () => {
    const staff = await Receiver.open();
    await shop.post('/webhooks/endpoints', { url: staff.url, events: ['webhook_endpoint.disabled'] }).expect(201);
    const endpoint = await register(['order.placed']);
    receiver.statuses = [410];
    await shop.order(mug.id);
    await eventually(
      () => Promise.resolve(staff.received),
      (received) => received.length === 1,
    );
    expect(message(staff.received[0]!)).toMatchObject({
      type: 'webhook_endpoint.disabled',
      data: { endpointId: endpoint.id, status: 'disabled', reason: 'gone' },
    });
    await removeEndpoints();
    await staff.close();
  });

  it('that do nothing but fail for 120 hours are disabled', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = Array.from({ length: 50 }, () => 500);
    await shop.order(mug.id);
    await attempted(endpoint.id, 1);
    expect((await now(endpoint.id)).failingSince).not.toBeNull();
    await shop.pass(119 * HOUR);
    await attempted(endpoint.id, 2);
    expect((await now(endpoint.id)).status).toBe('enabled');
    await shop.pass(2 * HOUR);
    const disabled = await eventually(
      () => now(endpoint.id),
      ({ status }) => status === 'disabled',
    );
    expect(disabled.disabledReason).toBe('failing');
    const { data } = (await shop.get(`/events?type=webhook_endpoint.disabled&subjectId=${endpoint.id}`).expect(200))
      .body as { data: { data: object }[] };
    expect(data[0]!.data).toMatchObject({ reason: 'failing' });
  });

  it('that succeed once in between start anew', async () => {
    const endpoint = await register(['order.placed']);
    receiver.statuses = [500];
    await shop.order(mug.id);
    await attempted(endpoint.id, 1);
    expect((await now(endpoint.id)).failingSince).not.toBeNull();
    await shop.pass(119 * HOUR);
    await settled(endpoint.id, 'delivered');
    expect((await now(endpoint.id)).failingSince).toBeNull();
  });

  it('that are paused get everything when they are enabled again', async () => {
    const endpoint = await register(['order.placed']);
    await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'paused' }).expect(200);
    for (let i = 0; i < 5; i++) await shop.order(mug.id);
    await eventually(
      () => deliveries(endpoint.id, '?status=pending'),
      (pending) => pending.length === 5,
    );
    expect(receiver.received).toHaveLength(0);
    const { body: outbox } = await shop.get('/operations/outbox').expect(200);
    expect(outbox).toMatchObject({ due: 0, deliveries: { pending: 5 } });
    await shop.patch(`/webhooks/endpoints/${endpoint.id}`, { status: 'enabled' }).expect(200);
    await came(5);
  });
});
