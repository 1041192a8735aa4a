import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { Shop, type Order } from '../../support/shop.js';

/** What readers see while others write is always some whole moment: never half of an order, of a cancel, or of a movement. */
describe('who reads while others write', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  it('never sees an order without its lines, a canceled order without its stock, or a balance that does not sum', async () => {
    const STOCK = 1_000;
    const mug = await shop.product({ stock: STOCK });
    await shop.post('/balances/ada/deposits', { amount: 1_000_000, currency: 'USD' }).expect(201);
    const placed: Order[] = [];
    let isOver = false;
    const write = async () => {
      for (let i = 0; i < 25; i++) {
        const order = await shop.order(
          mug.id,
          1 + (i % 3),
          i % 2 ? { customerId: 'ada', paymentMethod: 'balance' } : {},
        );
        placed.push(order);
        if (i % 3 === 0) await shop.post(`/orders/${order.id}/cancel`).expect(200);
        else if (i % 2) await shop.post(`/orders/${order.id}/complete`).expect(200);
      }
    };
    let reads = 0;
    const readOrders = async () => {
      while (!isOver) {
        const { data } = (await shop.get('/orders?limit=50').expect(200)).body as {
          data: (Order & { subtotal: number })[];
        };
        for (const { items, subtotal, total } of data) {
          expect(items.length).toBe(1);
          expect([items.reduce((sum, item) => sum + item.total, 0), total]).toEqual([subtotal, subtotal]);
        }
        reads++;
      }
    };
    const readBalance = async () => {
      while (!isOver) {
        const { accounts } = (await shop.get('/balances/ada').expect(200)).body as {
          accounts: { total: number; available: number; blocked: number }[];
        };
        const [account] = accounts;
        expect(account!.total).toBe(account!.available + account!.blocked);
        expect(Math.min(account!.available, account!.blocked)).toBeGreaterThanOrEqual(0);
        reads++;
      }
    };
    // Stock and orders in one statement, which is one snapshot: whatever moment it is, they agree.
    const readStock = async () => {
      while (!isOver) {
        const [row] = await shop.database.query<{ stock: string; sold: string }>(
          `SELECT p.stock, (SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id
             WHERE l.product_id = p.product_id AND o.status <> 'canceled') AS sold FROM inventory p WHERE p.product_id = $1`,
          [mug.id],
        );
        expect(Number(row!.stock) + Number(row!.sold)).toBe(STOCK);
        const entries = await shop.database.query<{ sum: string }>(
          'SELECT sum(amount) AS sum FROM ledger_entries GROUP BY currency',
        );
        for (const { sum } of entries) expect(Number(sum)).toBe(0);
        reads++;
      }
    };
    const reading = [readOrders(), readOrders(), readBalance(), readStock(), readStock()];
    await Promise.all(Array.from({ length: 6 }, write));
    isOver = true;
    await Promise.all(reading);
    expect(placed.length).toBe(150);
    expect(reads).toBeGreaterThan(50);
  });
});
