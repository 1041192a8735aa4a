import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Transactions, type Tx } from '#ports/tx.js';
import { Orders } from '#modules/orders/application/orders.js';
import { Payments } from '#modules/payments/application/payments.js';
import { Users } from '#modules/access/application/users.js';
import { Shop } from '../../support/shop.js';

/** What the row locks make impossible is refused once more where it is written: a use case that decided by an older state writes nothing. */
describe('a decision by what has changed meanwhile', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterAll(() => shop.close());

  const inOne = <T>(work: (tx: Tx) => Promise<T>) => shop.application.nest.get<Transactions>(Transactions).run(work);

  it('writes no order', async () => {
    const orders = shop.application.nest.get<Orders>(Orders);
    const { id } = await shop.order((await shop.product({ stock: 5 })).id);
    const canceledAt = new Date();
    const cancel = (by: string) =>
      inOne(async (tx) => {
        const order = (await orders.lock(tx, id, null))!;
        const canceled = {
          ...order,
          status: 'canceled' as const,
          cancelReason: by,
          canceledAt,
          version: order.version + 1,
        };
        await orders.save(tx, order, canceled);
        await expect(orders.save(tx, order, { ...canceled, version: order.version + 2 })).rejects.toThrow(
          'changed without its lock',
        );
      });
    await cancel('first');
    expect(await shop.orderNow(id)).toMatchObject({ status: 'canceled', cancelReason: 'first', version: 2 });
  });

  it('writes no order whose state is another, whatever its version says', async () => {
    const orders = shop.application.nest.get<Orders>(Orders);
    const { id } = await shop.order((await shop.product({ stock: 5 })).id);
    const stale = inOne(async (tx) => {
      const order = (await orders.lock(tx, id, null))!;
      await orders.save(tx, { ...order, status: 'completed' }, { ...order, version: 2 });
    });
    await expect(stale).rejects.toThrow('1 of 1 orders were changed without the lock');
    expect(await shop.orderNow(id)).toMatchObject({ status: 'pending', version: 1 });
  });

  it('writes none of the orders and payments of a transaction in which one is stale', async () => {
    const orders = shop.application.nest.get<Orders>(Orders);
    const payments = shop.application.nest.get<Payments>(Payments);
    const product = await shop.product({ stock: 5 });
    const [first, second] = [await shop.order(product.id), await shop.order(product.id)];
    const paymentId = (await shop.intent(first.id)).id;
    const both = inOne(async (tx) => {
      const [one, other] = [(await orders.lock(tx, first.id, null))!, (await orders.lock(tx, second.id, null))!];
      const payment = (await payments.lock(tx, paymentId))!;
      await orders.save(tx, one, { ...one, paymentStatus: 'failed', version: 2 });
      await orders.save(tx, { ...other, version: 7 }, { ...other, paymentStatus: 'failed', version: 8 });
      await payments.save(tx, payment, { ...payment, status: 'failed', version: payment.version + 1 });
    });
    await expect(both).rejects.toThrow('1 of 2 orders were changed without the lock');
    const stalePayment = inOne(async (tx) => {
      const payment = (await payments.lock(tx, paymentId))!;
      await payments.save(tx, { ...payment, version: 99 }, { ...payment, amountCaptured: 1, version: 100 });
    });
    await expect(stalePayment).rejects.toThrow('1 of 1 payments were changed without the lock');
    expect((await shop.orderNow(first.id)).paymentStatus).toBe('unpaid');
    expect(await shop.paymentNow(paymentId)).toMatchObject({ status: 'requires_payment_method', amountCaptured: 0 });
  });

  it('writes no payment', async () => {
    const payments = shop.application.nest.get<Payments>(Payments);
    const { id } = await shop.intent((await shop.order((await shop.product({ stock: 5 })).id)).id);
    await inOne(async (tx) => {
      const payment = (await payments.lock(tx, id))!;
      await payments.save(tx, payment, { ...payment, version: payment.version + 1 });
      await expect(
        payments.save(tx, payment, { ...payment, amountCaptured: 1, version: payment.version + 2 }),
      ).rejects.toThrow('changed without its lock');
    });
    expect(await shop.paymentNow(id)).toMatchObject({ amountCaptured: 0 });
  });

  it('writes no user', async () => {
    const users = shop.application.nest.get<Users>(Users);
    await shop
      .post('/auth/register', { email: 'stale@example.com', password: 'long enough 1', firstName: 'S', lastName: 'T' })
      .expect(201);
    const [row] = await shop.database.query<{ id: string }>(`SELECT id FROM users WHERE email = 'stale@example.com'`);
    await inOne(async (tx) => {
      const user = (await users.lock(tx, row!.id))!;
      await users.save(tx, user, { ...user, role: 'admin', version: user.version + 1 });
      await expect(users.save(tx, user, { ...user, role: 'customer', version: user.version + 2 })).rejects.toThrow(
        'changed without its lock',
      );
    });
  });
});
