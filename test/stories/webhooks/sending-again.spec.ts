import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { HousekeepingSchedule } from '#modules/operations/infrastructure/housekeeping-schedule.js';
import { audit, clean } from '../../support/books.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Product } from '../../support/shop.js';

const DAY = 86_400;

interface Delivery {
  id: string;
  eventId: string;
  status: string;
  attemptCount: number;
}

describe('messages to merchants', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true, webhookRetrySchedule: [0, 100_000] });
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
    for (const { id } of ((await shop.get('/webhooks/endpoints?limit=100')).body as { data: { id: string }[] }).data)
      await shop.delete(`/webhooks/endpoints/${id}`);
    await receiver.close();
  });

  const register = async (url = receiver.url) =>
    ((await shop.post('/webhooks/endpoints', { url, events: ['order.placed'] }).expect(201)).body as { id: string }).id;
  const deliveries = async (id: string) =>
    ((await shop.get(`/webhooks/endpoints/${id}/deliveries?limit=100`).expect(200)).body as { data: Delivery[] }).data;
  const first = async (id: string, isSo: (delivery: Delivery) => boolean) =>
    (
      await eventually(
        () => deliveries(id),
        ([newest]) => newest !== undefined && isSo(newest),
      )
    )[0]!;

  it('are not kept waiting by receivers that want another protocol', async () => {
    const odd: Server = createServer();
    odd.on('connection', (socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      ),
    );
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    const strange = await register(`http://127.0.0.1:${(odd.address() as AddressInfo).port}/`);
    for (let i = 0; i < 40; i++) await shop.order(mug.id);
    await eventually(
      () => deliveries(strange),
      (all) => all.some(({ attemptCount }) => attemptCount === 1),
    );
    await register();
    await shop.order(mug.id);
    await eventually(
      async () => receiver.received.length,
      (count) => count === 1,
    );
    odd.closeAllConnections();
    await new Promise((resolve) => odd.close(resolve));
  });

  it('are settled by the later of two attempts at once, and never lost between them', async () => {
    const endpoint = await register();
    receiver.isSilent = true;
    for (let i = 0; i < 8; i++) await shop.order(mug.id);
    await eventually(
      async () => receiver.received.length,
      (count) => count === 8,
    );
    // Sent again while the first attempt still waits for its answer, which never comes.
    receiver.isSilent = false;
    for (const { id } of await deliveries(endpoint))
      await shop.post(`/webhooks/deliveries/${id}/redeliver`).expect(202);
    await eventually(
      () => deliveries(endpoint),
      (all) => all.every(({ status }) => status === 'delivered'),
    );
    await receiver.close(); // the first attempts fail now, and must not count
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await deliveries(endpoint)).map(({ status }) => status)).toEqual(
      Array.from({ length: 8 }, () => 'delivered'),
    );
  });

  it('begin their schedule anew when they are sent again', async () => {
    const endpoint = await register();
    receiver.statuses = [500, 500];
    await shop.order(mug.id);
    const failed = await first(endpoint, ({ attemptCount }) => attemptCount === 1);
    await shop.post(`/webhooks/deliveries/${failed.id}/redeliver`).expect(202);
    expect((await first(endpoint, ({ attemptCount }) => attemptCount === 2)).status).toBe('pending');
  });

  it('are not sent again because they were delivered so long ago that it is not remembered', async () => {
    const endpoint = await register();
    await shop.order(mug.id);
    await first(endpoint, ({ status }) => status === 'delivered');
    await shop.pass(32 * DAY);
    await shop.application.nest.get(HousekeepingSchedule).run();
    expect(await deliveries(endpoint)).toEqual([]);
    expect(
      (await shop.post(`/webhooks/endpoints/${endpoint}/recover`, { since: '2020-01-01T00:00:00Z' }).expect(202)).body,
    ).toEqual({ count: 0 });
  });

  it('that were given up are pending again when their dead letter is retried, and refused where no endpoint is', async () => {
    const endpoint = await register();
    receiver.statuses = [500, 500];
    await shop.order(mug.id);
    await first(endpoint, ({ attemptCount }) => attemptCount === 1);
    await shop.pass(200_000);
    const failed = await first(endpoint, ({ status }) => status === 'failed');
    const letters = async () =>
      (
        (await shop.get('/operations/dead-letters').expect(200)).body as {
          data: { id: string; event: { id: string } }[];
        }
      ).data;
    const letter = (await letters()).find(({ event }) => event.id === failed.eventId)!;
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'paused' }).expect(200);
    await shop.post(`/operations/dead-letters/${letter.id}/retry`).expect(409);
    expect((await letters()).map(({ id }) => id)).toContain(letter.id);
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'enabled' }).expect(200);
    await shop.post(`/operations/dead-letters/${letter.id}/retry`).expect(202);
    await first(endpoint, ({ status }) => status === 'delivered');
  });

  it('leave no dead letters behind when their endpoint is deleted', async () => {
    const endpoint = await register();
    receiver.statuses = [500, 500];
    await shop.order(mug.id);
    await first(endpoint, ({ attemptCount }) => attemptCount === 1);
    await shop.pass(200_000);
    await first(endpoint, ({ status }) => status === 'failed');
    await shop.delete(`/webhooks/endpoints/${endpoint}`).expect(204);
    await shop.application.nest.get(HousekeepingSchedule).run();
    expect(await shop.database.query('SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1', [endpoint])).toEqual(
      [],
    );
    expect(((await shop.get('/operations/dead-letters').expect(200)).body as { data: unknown[] }).data).toEqual([]);
  });

  it('go out although the bytes are not kept any more', async () => {
    const endpoint = await register();
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'paused' }).expect(200);
    await shop.order(mug.id);
    await first(endpoint, ({ status }) => status === 'pending');
    await shop.database.query('DELETE FROM webhook_messages');
    await shop.patch(`/webhooks/endpoints/${endpoint}`, { status: 'enabled' }).expect(200);
    await first(endpoint, ({ status }) => status === 'delivered');
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ type: 'order.placed' });
  });

  it('that a receiver repeats in its answer do not keep the name of a person who wants to be forgotten', async () => {
    const endpoint = await register();
    const email = 'forget@example.com';
    const { body: user } = await shop.post('/auth/register', { email, password: 'correct horse battery' }).expect(201);
    const { id } = user as { id: string };
    receiver.answer = `you said ${id}`;
    await shop.order(mug.id, 1, { customerId: id });
    await first(endpoint, ({ status }) => status === 'delivered');
    const login = (await shop.post('/auth/login', { email, password: 'correct horse battery' }).expect(200)).body as {
      accessToken: string;
    };
    const erase = supertest(shop.url).delete('/api/v1/auth/me?settle=true');
    await erase.set('Authorization', `Bearer ${login.accessToken}`).expect(204);
    await eventually(
      () => shop.database.query('SELECT 1 FROM erasures WHERE finished_at IS NULL'),
      (running) => running.length === 0,
    );
    expect(JSON.stringify(await deliveries(endpoint))).not.toContain(id);
    const kept = await shop.database.query<{ body: Buffer }>('SELECT body FROM webhook_messages');
    expect(kept.some(({ body }) => body.toString('utf8').includes(id))).toBe(false);
  });
});
