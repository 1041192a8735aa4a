import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { audit, clean } from '../../support/books.js';
import { untilQuiet } from '../../support/provider-view.js';
import { countByStatus, Shop, type Order } from '../../support/shop.js';

const times = <T>(n: number, act: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => act(i)));

describe('balances, by hundreds at once', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    await untilQuiet(shop);
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const post = async (path: string, body: object = {}) => {
    const answer = await fetch(`${shop.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': 'test-key-123', 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as { id: string; code: string; status: string } };
  };
  const deposit = (customerId: string, amount: number) =>
    shop.post(`/balances/${customerId}/deposits`, { amount, currency: 'USD' }).expect(201);
  const accountOf = async (customerId: string) =>
    (
      (await shop.get(`/balances/${customerId}`).expect(200)).body as {
        accounts: { available: number; blocked: number }[];
      }
    ).accounts[0]!;

  it('deposits and withdrawals of new customers on two replicas: every cent is there, and no balance is below zero', async () => {
    const replica = await Shop.open({}, shop.database);
    for (let round = 0; round < 3; round++) {
      const customers = Array.from({ length: 5 }, (_, i) => `mover-${round}-${i}`);
      const answers = await times(300, async (i) => {
        // Twice as much is wanted as is there, so some is refused in whatever order they come.
        const kind = i % 3 === 0 ? 'deposits' : 'withdrawals';
        const path = `/balances/${customers[i % 5]!}/${kind}`;
        const { status } = await (i % 2 ? shop : replica).post(path, { amount: 100, currency: 'USD' });
        return { customer: customers[i % 5]!, status, amount: status !== 201 ? 0 : kind === 'deposits' ? 100 : -100 };
      });
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
      for (const customer of customers) {
        const moved = answers.filter((one) => one.customer === customer).reduce((sum, { amount }) => sum + amount, 0);
        expect(await accountOf(customer)).toMatchObject({ available: moved, blocked: 0 });
      }
    }
    await replica.close();
  });

  it('200 orders of 1.00 by a customer with 50.00: 50 placed, 150 refused, stock taken 50 times', async () => {
    const product = await shop.product({ price: 100, stock: 1000 });
    await deposit('two-hundred', 5000);
    const answers = await times(200, () =>
      post('/orders', {
        items: [{ productId: product.id, quantity: 1 }],
        customerId: 'two-hundred',
        paymentMethod: 'balance',
      }),
    );
    expect(countByStatus(answers)).toEqual({ 201: 50, 409: 150 });
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === 'insufficient-funds')).toBe(
      true,
    );
    expect(await shop.stockOf(product.id)).toBe(950);
    expect(await accountOf('two-hundred')).toMatchObject({ available: 0, blocked: 5000 });
    // The accounts' locks decide; the CHECK never has to roll a batch back.
    expect((await shop.metrics()).text).toMatch(/^group_commit_aborts_total 0$/m);
  });

  it('cancel against complete, 500 times: one wins, money and stock agree', async () => {
    const product = await shop.product({ price: 10, stock: 10_000 });
    await deposit('racer', 5000);
    let completed = 0;
    for (let round = 0; round < 20; round++) {
      const orders = await times(25, () =>
        post('/orders', {
          items: [{ productId: product.id, quantity: 1 }],
          customerId: 'racer',
          paymentMethod: 'balance',
        }),
      );
      const outcomes = await times(25, async (i) => {
        const { id } = orders[i]!.body;
        const [cancel, complete] = await Promise.all([post(`/orders/${id}/cancel`), post(`/orders/${id}/complete`)]);
        return [cancel.status, complete.status].join();
      });
      expect(outcomes.every((outcome) => outcome === '200,409' || outcome === '409,200')).toBe(true);
      completed += outcomes.filter((outcome) => outcome === '409,200').length;
    }
    expect(await shop.stockOf(product.id)).toBe(10_000 - completed);
    expect(await accountOf('racer')).toMatchObject({ available: 5000 - completed * 10, blocked: 0 });
  }, 120_000);

  it('deposits and withdrawals of one customer at once lose nothing', async () => {
    const answers = await times(60, (i) =>
      post(`/balances/busy/${i % 3 ? 'deposits' : 'withdrawals'}`, { amount: 100, currency: 'USD' }),
    );
    const ok = answers.filter(({ status }) => status === 201).length;
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    const deposits = 40;
    expect(await accountOf('busy')).toMatchObject({ available: (deposits - (ok - deposits)) * 100 });
  });

  it('the books sum to zero at every instant, whatever many customers do', async () => {
    const customers = ['ann', 'ben', 'cem', 'dot'];
    const step = fc.record({
      who: fc.constantFrom(...customers),
      verb: fc.constantFrom('deposit', 'withdraw', 'order', 'order', 'order', 'complete', 'cancel', 'expire', 'refund'),
      amount: fc.integer({ min: 1, max: 900 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 120 }), async (steps) => {
        const product = await shop.product({ price: 7, stock: 10_000 });
        const orders: string[] = [];
        let isOver = false;
        const snapshots = (async () => {
          while (!isOver) {
            const [books] = await shop.database.query<{ wrong: number }>(
              `SELECT (SELECT count(*) FROM (SELECT FROM ledger_entries GROUP BY currency HAVING sum(amount) <> 0) s)
                 + (SELECT count(*) FROM balance_accounts a WHERE a.available < 0 OR a.blocked < 0)
                 + (SELECT count(*) FROM (SELECT FROM balance_accounts a JOIN ledger_entries e ON e.account_id = a.id GROUP BY a.id
                      HAVING a.available <> sum(e.amount) FILTER (WHERE e.ledger_account = 'available')
                          OR a.blocked <> coalesce(sum(e.amount) FILTER (WHERE e.ledger_account = 'blocked'), 0)) s) AS wrong`,
            );
            expect(Number(books!.wrong)).toBe(0);
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        })();
        const act = async ({ who, verb, amount }: (typeof steps)[number], i: number) => {
          const order = orders[i % Math.max(orders.length, 1)];
          if (verb === 'deposit') return post(`/balances/${who}/deposits`, { amount, currency: 'USD' });
          if (verb === 'withdraw') return post(`/balances/${who}/withdrawals`, { amount, currency: 'USD' });
          if (verb === 'order') {
            const placed = await post('/orders', {
              items: [{ productId: product.id, quantity: 1 + (amount % 20) }],
              customerId: who,
              paymentMethod: 'balance',
            });
            if (placed.status === 201) orders.push(placed.body.id);
            return placed;
          }
          if (order === undefined) return { status: 200 };
          if (verb === 'expire')
            await shop.database.query(`UPDATE orders SET expires_at = now() WHERE id = $1 AND status = 'pending'`, [
              order,
            ]);
          if (verb === 'refund') {
            const { data } = (await shop.get(`/payments?orderId=${order}`)).body as { data: Order[] };
            return data[0] ? post(`/payments/${data[0].id}/refunds`, { amount: 1 + (amount % 50) }) : { status: 200 };
          }
          return verb === 'complete' || verb === 'cancel' ? post(`/orders/${order}/${verb}`) : { status: 200 };
        };
        const running: Promise<{ status: number }>[] = [];
        for (const [i, one] of steps.entries()) {
          running.push(act(one, i));
          if (i % 12 === 11) await Promise.all(running);
        }
        const answers = await Promise.all(running);
        isOver = true;
        await snapshots;
        expect(answers.filter(({ status }) => ![200, 201, 202, 409].includes(status))).toEqual([]);
        await untilQuiet(shop);
        expect(await audit(shop.database)).toEqual(clean);
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 4) },
    );
  }, 120_000);
});
