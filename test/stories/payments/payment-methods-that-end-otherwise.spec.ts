import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HousekeepingSchedule } from '#modules/operations/infrastructure/housekeeping-schedule.js';
import { audit, clean } from '../../support/books.js';
import { postProcessorEvent, processorEvent } from '../../support/processor-event.js';
import { eventually, Shop } from '../../support/shop.js';
import { peopleOf } from '../access/people.js';

interface PaymentMethod {
  id: string;
  status: string;
  providerReference: string;
  setupIntentId: string;
}

const CHALLENGED = 'pm_card_authenticationRequired';

/** What happens between the provider and us at the wrong moment. */
describe('payment methods that end otherwise', () => {
  let shop: Shop;
  const { as, customer } = peopleOf(() => shop);
  beforeAll(async () => {
    shop = await Shop.open();
  });
  afterEach(() => shop.simulator.scheduleFaults([]));
  afterAll(async () => {
    await shop.ownReactionsAreDone();
    expect(await audit(shop.database)).toMatchObject(clean);
    await shop.close();
  });

  const someone = () => `customer-${randomUUID()}`;
  const save = async (customerId: string, paymentMethodId?: string) =>
    (await shop.post('/payments/methods', { customerId, ...(paymentMethodId && { paymentMethodId }) }).expect(201))
      .body as PaymentMethod;
  const now = async (id: string) => (await shop.get(`/payments/methods/${id}`).expect(200)).body as PaymentMethod;
  const becomes = (id: string, status: string) =>
    eventually(
      () => now(id),
      (method) => method.status === status,
    );
  const detach = (id: string) => shop.delete(`/payments/methods/${id}`).expect(204);
  const keptFor = async (reference: string) => (await shop.stripe().paymentMethods.retrieve(reference)).customer;
  const setupNow = (id: string) => shop.stripe().setupIntents.retrieve(id);
  const erased = () =>
    eventually(
      () => shop.database.query('SELECT 1 FROM erasures WHERE finished_at IS NULL'),
      (running) => running.length === 0,
    );

  it('are let go of at the provider, wherever their payer is when they are detached', async () => {
    const waiting = await save(someone(), CHALLENGED);
    await detach(waiting.id);
    await shop.ownReactionsAreDone();
    expect((await setupNow(waiting.setupIntentId)).status).toBe('canceled');

    const named = await save(someone());
    shop.simulator.sendWebhooksTo(null);
    const { payment_method: kept } = await shop
      .stripe()
      .setupIntents.confirm(named.setupIntentId, { payment_method: 'pm_card_visa' });
    await detach(named.id);
    await shop.ownReactionsAreDone();
    expect(await keptFor(kept as string)).toBeNull();
    shop.simulator.sendWebhooksTo(`${shop.url}/api/v1/webhooks/stripe`);
    expect((await now(named.id)).status).toBe('detached');
  });

  it('are let go of when they were detached before the provider had answered', async () => {
    const customerId = someone();
    await save(customerId, 'pm_card_visa');
    shop.simulator.scheduleFaults([{ fault: 'slow', on: 'setup', times: 1, delayMs: 700 }]);
    const saving = shop
      .post('/payments/methods', { customerId, paymentMethodId: 'pm_card_amex' })
      .then(({ body }) => body);
    const [row] = await eventually(
      () =>
        shop.database.query<{ id: string }>(
          `SELECT id FROM payment_methods WHERE customer_id = $1 AND status = 'pending'`,
          [customerId],
        ),
      (rows) => rows.length === 1,
    );
    await detach(row!.id);
    expect(((await saving) as PaymentMethod).status).toBe('detached');
    await shop.ownReactionsAreDone();
    const { data } = await shop.get(`/payments/methods?customerId=${customerId}`).then(({ body }) => body);
    const reference = await keptFor((data as PaymentMethod[])[0]!.providerReference);
    const { data: kept } = await shop.stripe().paymentMethods.list({ customer: reference as string });
    expect(kept.map(({ card }) => card!.brand)).toEqual(['visa']);
  });

  it('are not ended by another that was to save the same', async () => {
    const customerId = someone();
    const first = await save(customerId, CHALLENGED);
    const { payment_method: reference } = await setupNow(first.setupIntentId);
    const second = await save(customerId, reference as string);
    expect(second.status).toBe('requires_action');
    shop.simulator.answerChallenge(first.setupIntentId, true);
    await becomes(first.id, 'active');
    await detach(second.id);
    await shop.ownReactionsAreDone();
    expect(await keptFor(reference as string)).not.toBeNull();
    await shop.stripe().paymentMethods.detach(reference as string);
    await becomes(first.id, 'detached');
  });

  it('end when too many cards are tried under one setup', async () => {
    const customerId = someone();
    const { id, setupIntentId } = await save(customerId);
    const tryOne = () =>
      shop.stripe().setupIntents.confirm(setupIntentId, { payment_method: 'pm_card_chargeDeclined' });
    for (let tried = 0; tried < 40 && (await now(id)).status !== 'detached'; tried++) {
      await tryOne().catch(() => undefined);
      await shop.idle();
    }
    await becomes(id, 'detached');
    await shop.ownReactionsAreDone();
    await expect(tryOne()).rejects.toMatchObject({ code: 'setup_intent_unexpected_state' });
    const body = { customerId, paymentMethodId: 'pm_card_visa' };
    expect((await shop.post('/payments/methods', body).expect(429)).body.code).toBe('rate-limited');
  }, 60_000);

  it('are saved for a customer whom the provider has lost', async () => {
    const customerId = someone();
    const { providerReference } = await save(customerId, 'pm_card_visa');
    await shop.stripe().customers.del((await keptFor(providerReference)) as string);
    const again = await save(customerId, 'pm_card_amex');
    expect(again.status).toBe('active');
    expect(await keptFor(again.providerReference)).not.toBeNull();
  });

  it('do not bring back a person who is erased while the first is saved', async () => {
    const ada = await customer();
    shop.simulator.scheduleFaults([{ fault: 'slow', on: 'setup', times: 1, delayMs: 1_500 }]);
    const saving = as(ada.accessToken, 'post', '/payments/methods')
      .send({ paymentMethodId: 'pm_card_visa' })
      .then(({ status }) => status);
    await eventually(
      () => shop.database.query('SELECT 1 FROM provider_customers WHERE customer_id = $1', [ada.user.id]),
      (rows) => rows.length === 1,
    );
    await as(ada.accessToken, 'delete', '/auth/me').expect(204);
    await erased();
    expect(await saving).toBe(404);
    await shop.ownReactionsAreDone();
    const left = await shop.database.query('SELECT 1 FROM provider_customers WHERE customer_id = $1', [ada.user.id]);
    expect(left).toEqual([]);
  }, 30_000);

  it('make a person known who has nothing else here, and go with them', async () => {
    const customerId = someone();
    const { id } = await save(customerId, 'pm_card_visa');
    expect((await shop.post(`/customers/${customerId}/erase`)).status).toBeLessThan(300);
    await erased();
    expect((await now(id)).status).toBe('detached');
  });

  it('that were refused take nothing with them that is of others', async () => {
    const unknown = processorEvent({ note: 'a message that says neither order nor amount' });
    await postProcessorEvent(shop, unknown).expect(200);
    await shop.ownReactionsAreDone();
    const ada = await customer();
    await as(ada.accessToken, 'post', '/payments/methods').send({ paymentMethodId: 'pm_none' }).expect(422);
    await as(ada.accessToken, 'delete', '/auth/me').expect(204);
    await erased();
    const [message] = await shop.database.query<{ length: number }>(
      'SELECT length(raw_body) AS length FROM inbox_messages WHERE event_id = $1',
      [unknown.id],
    );
    expect(message!.length).toBeGreaterThan(50);
  });

  // The last one: it moves the program's clock, and messages of the provider are late then.
  it('are given up after an hour when nobody finishes them, and hold no place any more', async () => {
    const customerId = someone();
    const begun = [];
    for (let i = 0; i < 20; i++) begun.push(await save(customerId));
    await shop.post('/payments/methods', { customerId }).expect(409);
    await shop.pass(3_601);
    await save(customerId, 'pm_card_visa');
    await shop.application.nest.get(HousekeepingSchedule).run();
    expect((await now(begun[0]!.id)).status).toBe('detached');
    await shop.ownReactionsAreDone();
    expect((await setupNow(begun[0]!.setupIntentId)).status).toBe('canceled');
  }, 30_000);
});
