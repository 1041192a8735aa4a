import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BalanceStandIn } from '../../../tools/balance-service/stand-in.js';
import { audit, clean } from '../../support/books.js';
import { untilQuiet } from '../../support/provider-view.js';
import { eventually, Shop, type Order, type Product } from '../../support/shop.js';

const times = <T>(n: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => act(i)));

describe('an external balance service', () => {
  let service: BalanceStandIn;
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    service = await BalanceStandIn.start({
      host: '127.0.0.1',
      port: 0,
      balance: 10_000_000,
      currency: 'USD',
      seed: '7',
    });
    shop = await Shop.open({ balanceServiceUrl: service.url, balanceServiceRetryMs: 50 });
    mug = await shop.product({ stock: 10_000 });
  });
  afterAll(async () => {
    await untilQuiet(shop);
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
    await service.stop();
  });

  const place = (quantity = 1, customerId = 'ada') =>
    shop.post('/orders', { items: [{ productId: mug.id, quantity }], customerId, paymentMethod: 'balance' });
  const placed = async (quantity = 1) => (await place(quantity).expect(201)).body as Order;
  /** Every order of ours against what the service has of it. */
  const disagreements = async () => {
    const orders = await shop.database.query<{ id: string; status: string; payment_status: string; total: number }>(
      `SELECT id, status, payment_status, total::float8 AS total FROM orders WHERE payment_method = 'balance'`,
    );
    const expected: Record<string, (string | undefined)[]> = {
      'pending authorized': ['blocked'],
      'completed paid': ['completed'],
      'canceled canceled': ['cancelled', undefined],
    };
    return orders
      .map((order) => ({ ...order, theirs: service.statusOf(order.id) }))
      .filter(
        ({ status, payment_status: payment, theirs }) => !(expected[`${status} ${payment}`] ?? []).includes(theirs),
      );
  };

  it('blocks, completes and cancels', async () => {
    const order = await placed(2);
    expect(order).toMatchObject({ status: 'pending', paymentStatus: 'processing' });
    await shop.orderBecomes(order.id, 'authorized');
    expect(service.books()).toMatchObject({ blocked: 2000 });
    expect((await shop.post(`/orders/${order.id}/complete`).expect(200)).body).toMatchObject({ status: 'completed' });
    await shop.orderBecomes(order.id, 'paid');
    const other = await placed();
    await shop.orderBecomes(other.id, 'authorized');
    await shop.post(`/orders/${other.id}/cancel`).expect(200);
    await untilQuiet(shop);
    expect(service.books()).toEqual({ available: 9_998_000, blocked: 0, spent: 2000 });
    expect(await disagreements()).toEqual([]);
  });

  it('that says by the status alone whether it refuses is understood, and so are its decimals', async () => {
    service.answerTersely(true);
    const odd = await shop.product({ price: 1999, stock: 100_000 });
    const buy = async (quantity: number) =>
      (
        await shop
          .post('/orders', { items: [{ productId: odd.id, quantity }], customerId: 'ada', paymentMethod: 'balance' })
          .expect(201)
      ).body as Order;
    const before = service.books();
    const order = await buy(3);
    await shop.orderBecomes(order.id, 'authorized');
    expect(service.books().blocked - before.blocked).toBe(5997);
    const refused = await buy(10_000);
    await eventually(
      () => shop.orderNow(refused.id),
      ({ status }) => status === 'canceled',
    );
    await shop.post(`/orders/${order.id}/complete`).expect(200);
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ amountPaid: 5997 });
    service.answerTersely(false);
    expect(await disagreements()).toEqual([]);
  });

  it('that definitely refuses cancels the order and gives the stock back', async () => {
    const before = await shop.stockOf(mug.id);
    const order = await placed(9_990);
    const refused = await placed(1_000).catch(() => null);
    await shop.orderBecomes(order.id, 'authorized');
    expect(refused).toBeNull(); // there were not so many
    const rich = await shop.product({ price: 90_000_000, stock: 5 });
    const { body } = await shop
      .post('/orders', { items: [{ productId: rich.id, quantity: 1 }], customerId: 'ada', paymentMethod: 'balance' })
      .expect(201);
    await eventually(
      () => shop.orderNow((body as Order).id),
      ({ status }) => status === 'canceled',
    );
    expect(await shop.orderNow((body as Order).id)).toMatchObject({
      cancelReason: 'payment refused',
      paymentStatus: 'canceled',
    });
    expect(await shop.stockOf(rich.id)).toBe(5);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await untilQuiet(shop);
    expect(await shop.stockOf(mug.id)).toBe(before);
    expect(service.books().blocked).toBe(0);
  });

  it('that is canceled while it is still being asked lets go of whatever it has blocked', async () => {
    for (let i = 0; i < 20; i++) {
      const order = await placed();
      if (i % 2) await new Promise((resolve) => setTimeout(resolve, i));
      await shop.post(`/orders/${order.id}/cancel`).expect(200);
    }
    await untilQuiet(shop);
    expect(service.books().blocked).toBe(0);
    expect(await disagreements()).toEqual([]);
  });

  it('that fails half of its calls, and is then down for a while: every order ends settled or canceled, the books agree', async () => {
    service.failSometimes(0.5);
    const orders = await times(30, () => placed());
    const verbs = times(30, async (i) => {
      await new Promise((resolve) => setTimeout(resolve, i * 60));
      if (i % 3 === 0) await shop.post(`/orders/${orders[i]!.id}/cancel`, {}, randomUUID());
      if (i % 3 === 1) {
        await eventually(
          async () => (await shop.post(`/orders/${orders[i]!.id}/complete`)).status,
          (status) => status === 200,
          90_000,
        );
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    service.goDown();
    const calls = service.calls;
    // Orders are taken all the same.
    const meanwhile = await times(20, () => placed());
    await new Promise((resolve) => setTimeout(resolve, Number(process.env['BALANCE_OUTAGE_MS'] ?? 6_000)));
    for (const { id } of meanwhile)
      expect(await shop.orderNow(id)).toMatchObject({ status: 'pending', paymentStatus: 'processing' });
    expect(service.calls - calls).toBeLessThan(100);
    service.failSometimes(0);
    service.comeBack();
    await verbs;
    for (const { id } of meanwhile)
      await eventually(
        () => shop.orderNow(id),
        ({ paymentStatus }) => paymentStatus === 'authorized',
        90_000,
      );
    await untilQuiet(shop, 90_000);
    expect(await disagreements()).toEqual([]);
    for (const { id } of [...orders, ...meanwhile]) await shop.post(`/orders/${id}/cancel`);
    await untilQuiet(shop, 90_000);
    expect(await disagreements()).toEqual([]);
    expect(service.books().blocked).toBe(0);
    const [sum] = await shop.database.query<{ revenue: number }>(
      `SELECT coalesce(sum(amount), 0)::float8 AS revenue FROM ledger_entries WHERE ledger_account = 'revenue'`,
    );
    expect(sum!.revenue).toBe(service.books().spent);
    expect(await shop.database.query('SELECT subscriber, last_error FROM dead_letters')).toEqual([]);
  }, 240_000);

  it('that could not be reached for too long: the order is canceled, and nothing stays blocked', async () => {
    service.goDown();
    const order = await placed();
    await eventually(
      async () => {
        await shop.database.query(
          `UPDATE outbox SET attempts = 10000, due_at = now() WHERE subscriber = 'balances.preorder' AND due_at > now() + interval '50 ms' AND last_error IS NOT NULL`,
        );
        return shop.orderNow(order.id);
      },
      ({ status }) => status === 'canceled',
      30_000,
    );
    service.comeBack();
    await untilQuiet(shop, 90_000);
    expect(service.statusOf(order.id) ?? 'cancelled').toBe('cancelled');
    await shop.database.query('DELETE FROM dead_letters');
  }, 120_000);

  it('that refuses what an attempt before has blocked is asked to let go of it', async () => {
    service.loseNextPreorder();
    const order = await placed();
    await eventually(
      () => shop.orderNow(order.id),
      ({ status }) => status === 'canceled',
    );
    await untilQuiet(shop);
    expect(service.statusOf(order.id)).toBe('cancelled');
  });

  it('that will not let go leaves it to a person, and payments are recorded when the money is taken', async () => {
    const order = await placed();
    await shop.orderBecomes(order.id, 'authorized');
    service.refuseToCancel(true);
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    const [letter] = await eventually(
      () =>
        shop.database.query<{ last_error: string }>(
          `SELECT last_error FROM dead_letters WHERE subscriber = 'balances.release'`,
        ),
      (letters) => letters.length === 1,
    );
    expect(letter!.last_error).toContain('will not let go');
    service.refuseToCancel(false);
    await fetch(`${service.url}/api/balance/cancel`, { method: 'POST', body: JSON.stringify({ orderId: order.id }) });
    await shop.database.query('DELETE FROM dead_letters');
    const other = await placed();
    await shop.orderBecomes(other.id, 'authorized');
    service.goDown();
    await shop.post(`/orders/${other.id}/complete`).expect(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await shop.get(`/payments?orderId=${other.id}`).expect(200)).body.data).toEqual([]);
    service.comeBack();
    await eventually(
      async () =>
        ((await shop.get(`/payments?orderId=${other.id}`).expect(200)).body as { data: { status: string }[] }).data,
      ([payment]) => payment?.status === 'succeeded',
      30_000,
    );
  }, 60_000);
});
