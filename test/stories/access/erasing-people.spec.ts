import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HousekeepingSchedule } from '#modules/operations/infrastructure/housekeeping-schedule.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { Receiver } from '../../support/receiver.js';
import { eventually, Shop, type Order, type Product } from '../../support/shop.js';
import { postStripeEvent } from '../../support/stripe-event.js';
import { PASSWORD, peopleOf } from './people.js';

describe('erasing a person', () => {
  let shop: Shop;
  let mug: Product;
  let receiver: Receiver;
  beforeAll(async () => {
    shop = await Shop.open({ webhookAllowPrivate: true });
    receiver = await Receiver.open();
    receiver.onReceived = ({ body }) => (receiver.answer = `echo ${body}`);
    await shop.post('/webhooks/endpoints', { url: receiver.url, events: ['*'] }).expect(201);
  });
  beforeEach(async () => {
    mug = await shop.product({ stock: 100 });
  });
  afterEach(() => shop.ownReactionsAreDone());
  afterAll(async () => {
    await receiver.close();
    await shop.close();
  });
  const { open, as, login, customer, staff } = peopleOf(() => shop);
  const place = (token: string, more: object = {}, key: string = randomUUID()) =>
    as(token, 'post', '/orders')
      .set('Idempotency-Key', key)
      .send({ items: [{ productId: mug.id, quantity: 1 }], ...more });
  const pay = async (token: string, order: Order) => {
    const { body } = await as(token, 'post', '/payments')
      .set('Idempotency-Key', randomUUID())
      .send({ orderId: order.id, amount: order.total, currency: order.currency, paymentMethodId: 'pm_card_visa' })
      .expect(202);
    await shop.becomes(body.id, 'succeeded');
    return body as { id: string; providerReference: string };
  };
  const erasuresAreDone = () =>
    eventually(
      () => shop.database.query('SELECT 1 FROM erasures WHERE finished_at IS NULL'),
      (running) => running.length === 0,
    );
  const dump = async () => {
    const tables = await shop.database.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const found: Record<string, string> = {};
    for (const { name } of tables) {
      const binary = await shop.database.query<{ column: string }>(
        `SELECT column_name AS column FROM information_schema.columns WHERE table_name = $1 AND data_type = 'bytea'`,
        [name],
      );
      const bytes = binary.map(({ column }) => `|| coalesce(encode(t.${column}, 'escape'), '')`).join(' ');
      const rows = await shop.database.query<{ row: string }>(`SELECT to_json(t)::text ${bytes} AS row FROM ${name} t`);
      found[name] = rows.map(({ row }) => row).join('\n');
    }
    return found;
  };

  it('leaves nothing of them anywhere, and the books as they were', async () => {
    const tag = `zq${randomUUID().slice(0, 8)}`;
    const email = `${tag}@example.com`;
    const { body: user } = await open('post', '/auth/register')
      .set('Idempotency-Key', `register-${email}`)
      .send({ email, password: PASSWORD, firstName: `${tag} first`, lastName: `${tag} last` })
      .expect(201);
    const { accessToken } = await login(email);
    await as(accessToken, 'patch', '/auth/me')
      .send({ firstName: `${tag} other`, lastName: `${tag} last` })
      .expect(200);
    await open('post', '/auth/login').send({ email, password: 'wrong' }).expect(401);
    const personal = {
      email,
      shippingAddress: { street: `${tag} street` },
      billingAddress: { name: `${tag} payer` },
      metadata: { phone: `${tag} phone` },
    };
    const paidOrder = (await place(accessToken, personal, `order-${email}`).expect(201)).body as Order;
    const payment = await pay(accessToken, paidOrder);
    const canceled = (await place(accessToken, personal).expect(201)).body as Order;
    await as(accessToken, 'post', `/orders/${canceled.id}/cancel`)
      .send({ reason: `${tag} moved` })
      .expect(200);
    const challenged = (await place(accessToken, personal).expect(201)).body as Order;
    const waiting = await shop.intent(challenged.id);
    await as(accessToken, 'post', `/payments/intents/${waiting.id}/confirm`)
      .set('Prefer', 'wait=10')
      .send({ paymentMethodId: 'pm_card_threeDSecure2Required', returnUrl: `https://shop.example.com/${tag}` })
      .expect(200);
    await shop.post(`/orders/${challenged.id}/cancel`).expect(200);
    await shop.becomes(waiting.id, 'canceled');
    const saved = { paymentMethodId: 'pm_card_threeDSecure2Required', returnUrl: `https://shop.example.com/${tag}` };
    await as(accessToken, 'post', '/payments/methods').send(saved).expect(201);
    await shop.post('/payments/methods', { customerId: user.id, paymentMethodId: 'pm_card_visa' }).expect(201);
    const byKey = await shop.order(mug.id, 1, { customerId: user.id, ...personal });
    await shop.post(`/orders/${byKey.id}/cancel`, { reason: `${tag} called` }).expect(200);
    await shop.post(`/payments/${payment.id}/refunds`, { amount: 100, reason: `${tag} is not content` }).expect(202);
    const money = { amount: 100, currency: 'USD', reference: `transfer of ${tag}` };
    await shop.post(`/balances/${user.id}/deposits`, money).expect(201);
    await shop.post(`/balances/${user.id}/withdrawals`, money).expect(201);
    const { providerReference } = await shop.paymentNow(payment.id);
    for (const reference of [providerReference, `pi_unknown${tag}`]) {
      const object = { id: 'ch_1', payment_intent: reference, billing_details: { email, name: `${tag} name` } };
      const event = { id: `evt_${randomUUID()}`, object: 'event', type: 'charge.succeeded', data: { object } };
      await postStripeEvent(shop, JSON.stringify(event)).expect(200);
    }
    const other = (await place(accessToken, personal).expect(201)).body as Order & { orderNumber: string };
    const paidElsewhere = { orderNumber: other.orderNumber, amount: other.total, currency: other.currency };
    await postProcessorEvent(shop, { ...processorEvent(paidElsewhere), payer: { email } }).expect(200);
    await shop.orderBecomes(other.id, 'paid');
    await shop.ownReactionsAreDone();
    await shop.idle();
    // One that waits for what it is about, for hours.
    const intent = { id: 'pi_early', amount: 1, currency: 'usd', receipt_email: email };
    const early = {
      id: `evt_${randomUUID()}`,
      object: 'event',
      type: 'payment_intent.succeeded',
      data: { object: intent },
    };
    await postStripeEvent(shop, JSON.stringify(early)).expect(200);
    expect(Object.values(await dump()).join()).toContain(tag);

    await as(accessToken, 'delete', '/auth/me').expect(204);
    await eventually(
      async () => (await as(accessToken, 'get', '/auth/me')).status,
      (status) => status === 401,
    );
    await erasuresAreDone();
    const left = Object.entries(await dump()).filter(([, rows]) => rows.includes(tag) || rows.includes(user.id));
    expect(
      left.map(([table, rows]) => [
        table,
        rows.split('\n').filter((row) => row.includes(tag) || row.includes(user.id)),
      ]),
    ).toEqual([]);
    const kept = (await shop.get(`/orders/${paidOrder.id}`).expect(200)).body;
    expect(kept).toMatchObject({ customerId: expect.stringMatching(/^erased-/), total: 1000 });
    await expect(shop.database.query(`UPDATE events SET type = 'x'`)).rejects.toThrow('append-only');
    expect((await shop.get('/operations/integrity').expect(200)).body.ok).toBe(true);
    await shop.database.query(`DELETE FROM outbox WHERE subscriber LIKE 'inbox.%'`);
    // The key is used up for ever, though what it was answered is forgotten.
    await open('post', '/auth/login').send({ email, password: PASSWORD }).expect(401);
  });

  it('waits until orders and balances are settled, or settles them when it is asked to', async () => {
    const ada = await customer();
    const order = (await place(ada.accessToken).expect(201)).body as Order;
    await shop.post(`/balances/${ada.user.id}/deposits`, { amount: 4200, currency: 'USD' }).expect(201);
    const stock = await shop.stockOf(mug.id);
    const refused = await as(ada.accessToken, 'delete', '/auth/me').expect(409);
    expect(refused.body).toMatchObject({
      code: 'customer-has-obligations',
      obligations: ['1 order is open.', 'The balance holds 42.00 USD.'],
    });
    await as(ada.accessToken, 'delete', '/auth/me?settle=true').expect(204);
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'canceled' });
    expect(await shop.stockOf(mug.id)).toBe(stock + 1);
    await erasuresAreDone();
    expect((await shop.get('/operations/integrity').expect(200)).body.ok).toBe(true);
  });

  it('is for people without a login too', async () => {
    const id = `crm ${randomUUID().slice(0, 8)}`;
    const order = await shop.order(mug.id, 1, { customerId: id, shippingAddress: { street: 'Canary Lane 7' } });
    await shop.post(`/orders/${order.id}/cancel`).expect(200);
    await shop.post('/customers/unknown/erase').expect(404);
    const admin = await staff('admin');
    const erased = await as(admin.accessToken, 'post', `/customers/${encodeURIComponent(id)}/erase`).expect(202);
    await erasuresAreDone();
    const left = Object.values(await dump()).join();
    expect([left.includes(id), left.includes('Canary Lane 7')]).toEqual([false, false]);
    expect(await shop.orderNow(order.id)).toMatchObject({ customerId: erased.body.pseudonym });
    const { accessToken } = await customer();
    await as(accessToken, 'post', `/customers/${id}/erase`).expect(403);
  });

  it('needs a password of the last minutes', async () => {
    const ada = await customer();
    await shop.database.query(`UPDATE sessions SET authenticated_at = authenticated_at - interval '16 minutes'`);
    expect((await as(ada.accessToken, 'delete', '/auth/me').expect(403)).body.code).toBe('reauthentication-required');
    await as(ada.accessToken, 'post', '/auth/reauthenticate').send({ password: 'wrong' }).expect(401);
    await as(ada.accessToken, 'post', '/auth/reauthenticate').send({ password: PASSWORD }).expect(204);
    await as(ada.accessToken, 'delete', '/auth/me').expect(204);
  });

  it('is preceded, when they want, by an export that tells them nothing they must not know', async () => {
    const ada = await customer();
    const order = (await place(ada.accessToken, { shippingAddress: { street: 'Canary Lane 7' } }).expect(201)).body;
    const declined = { orderId: order.id, paymentMethodId: 'pm_card_chargeDeclinedInsufficientFunds' };
    const { body: payment } = await as(ada.accessToken, 'post', '/payments')
      .set('Idempotency-Key', randomUUID())
      .send({ ...declined, amount: order.total, currency: 'USD' })
      .expect(202);
    await shop.becomes(payment.id, 'failed');
    const { body: exported, text } = await as(ada.accessToken, 'get', '/auth/me/export').expect(200);
    expect(exported).toMatchObject({
      account: { email: ada.user.email },
      orders: [{ shippingAddress: { street: 'Canary Lane 7' } }],
      payments: [{ id: payment.id, status: 'failed', risk: null, clientSecret: null }],
    });
    expect(text).not.toMatch(/insufficient/);
    expect((await as(ada.accessToken, 'get', `/payments/${payment.id}`).expect(200)).text).not.toMatch(/insufficient/);
    for (let i = 0; i < 4; i++) await as(ada.accessToken, 'get', '/auth/me/export').expect(200);
    await as(ada.accessToken, 'get', '/auth/me/export').expect(429);
  });

  it('takes the addresses out of old security events', async () => {
    await customer();
    const withAddress = () =>
      shop.database.query(
        `SELECT 1 FROM events WHERE data ->> 'address' <> '' AND occurred_at < now() - interval '1 year'`,
      );
    await shop.database.query(`SELECT set_config('quittance.redacting', 'on', false)`);
    await shop.database.query(
      `DO $$ BEGIN PERFORM set_config('quittance.redacting', 'on', true);
         UPDATE events SET occurred_at = occurred_at - interval '2 years' WHERE type = 'session.started'; END $$`,
    );
    expect((await withAddress()).length).toBeGreaterThan(0);
    await shop.application.nest.get(HousekeepingSchedule).run();
    expect(await withAddress()).toEqual([]);
  });
});
