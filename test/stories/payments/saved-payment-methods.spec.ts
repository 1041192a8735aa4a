import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Payment, type Product } from '../../support/shop.js';

interface PaymentMethod {
  id: string;
  customerId: string;
  providerReference: string | null;
  status: string;
  brand: string | null;
  last4: string | null;
  nextAction: { type: string } | null;
  lastError: { code: string } | null;
  setupIntentId: string;
  clientSecret: string;
}

describe('saved payment methods', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterEach(() => shop.ownReactionsAreDone());
  afterAll(async () => {
    expect(await audit(shop.database)).toMatchObject(clean);
    await shop.close();
  });

  const someone = () => `customer-${randomUUID()}`;
  const save = async (customerId: string, paymentMethodId?: string, more: object = {}) => {
    const body = { customerId, ...(paymentMethodId && { paymentMethodId }), ...more };
    return (await shop.post('/payments/methods', body).expect(201)).body as PaymentMethod;
  };
  const methodNow = async (id: string) => (await shop.get(`/payments/methods/${id}`).expect(200)).body as PaymentMethod;
  const methodBecomes = (id: string, status: string) =>
    eventually(
      () => methodNow(id),
      (method) => method.status === status,
    );
  const intentOf = async (customerId: string) => {
    const order = await shop.order(mug.id, 1, { customerId });
    return { order, intent: await shop.intent(order.id) };
  };
  const charge = async (customerId: string, paymentMethodId: string, more: object = { offSession: true }) => {
    const { order, intent } = await intentOf(customerId);
    const answer = await shop
      .post(`/payments/intents/${intent.id}/confirm`, { paymentMethodId, ...more })
      .set('Prefer', 'wait=10')
      .expect(200);
    return { order, payment: answer.body as Payment };
  };

  it('are kept by the provider, listed, paid with while the payer is away, and detached', async () => {
    const customerId = someone();
    const saved = await save(customerId, 'pm_card_visa');
    expect(saved).toMatchObject({ customerId, status: 'active', brand: 'visa', last4: '4242', nextAction: null });
    expect(saved.providerReference).toMatch(/^pm_[0-9a-f]+$/);
    expect(saved.setupIntentId).toMatch(/^seti_/);
    const { body: page } = await shop.get(`/payments/methods?customerId=${customerId}`).expect(200);
    expect(page.data).toEqual([await methodNow(saved.id)]);
    const { order, payment } = await charge(customerId, saved.id);
    expect(payment).toMatchObject({ status: 'succeeded', method: saved.providerReference });
    await shop.orderBecomes(order.id, 'paid');
    // The provider's own id serves as well.
    expect((await charge(customerId, saved.providerReference!)).payment.status).toBe('succeeded');

    await shop.delete(`/payments/methods/${saved.id}`).expect(204);
    await shop.delete(`/payments/methods/${saved.id}`).expect(204);
    expect((await shop.get(`/payments/methods?customerId=${customerId}`).expect(200)).body.data).toEqual([]);
    const { intent } = await intentOf(customerId);
    for (const id of [saved.id, saved.providerReference])
      expect(
        (await shop.post(`/payments/intents/${intent.id}/confirm`, { paymentMethodId: id }).expect(422)).body,
      ).toMatchObject({ code: 'payment-method-not-usable', detail: 'The payment method is detached.' });
    await shop.ownReactionsAreDone();
    expect((await shop.stripe().paymentMethods.retrieve(saved.providerReference!)).customer).toBeNull();
    expect((await shop.eventsOf(saved.id)).map(({ type }) => type)).toEqual([
      'payment_method.saved',
      'payment_method.detached',
    ]);
  });

  it('pay in one request, too', async () => {
    const customerId = someone();
    const { id } = await save(customerId, 'pm_card_mastercard');
    const order = await shop.order(mug.id, 1, { customerId });
    await shop.post('/payments', { orderId: order.id, paymentMethodId: id, offSession: true }).expect(202);
    await shop.orderBecomes(order.id, 'paid');
    const free = { amount: 1500, currency: 'USD', paymentMethodId: id, offSession: true };
    const { body } = await shop.post('/payments', free).expect(202);
    await shop.becomes(body.id, 'succeeded');
  });

  it('whose bank wants to see the payer make the payment requires_action, and the payer goes on with it', async () => {
    const customerId = someone();
    const saved = await save(customerId, 'pm_card_authenticationRequired', { returnUrl: 'https://shop.example.com/' });
    expect(saved).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect_to_url' } });
    shop.simulator.answerChallenge(saved.setupIntentId, true);
    const { providerReference } = await methodBecomes(saved.id, 'active');
    const { order, payment } = await charge(customerId, saved.id);
    expect(payment).toMatchObject({
      status: 'requires_action',
      nextAction: { type: 'confirm_on_session', paymentMethodId: providerReference },
      lastError: { code: 'authentication_required' },
    });
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'requires_action' });
    // What the provider says of the attempt, told again and late, changes nothing.
    await shop.ownReactionsAreDone();
    expect((await shop.paymentNow(payment.id)).status).toBe('requires_action');
    await shop
      .post(`/payments/intents/${payment.id}/confirm`, { paymentMethodId: saved.id })
      .set('Prefer', 'wait=10')
      .expect(200);
    const challenged = await shop.becomes(payment.id, 'requires_action');
    expect(challenged.nextAction).toMatchObject({ type: 'use_stripe_sdk' });
    shop.simulator.answerChallenge(payment.providerReference, true);
    await shop.orderBecomes(order.id, 'paid');
  });

  it('that were set up for it pay without their payer, although their bank would ask otherwise', async () => {
    const customerId = someone();
    const saved = await save(customerId, 'pm_card_authenticationRequiredOnSetup');
    expect(saved.status).toBe('requires_action');
    shop.simulator.answerChallenge(saved.setupIntentId, true);
    await methodBecomes(saved.id, 'active');
    expect((await charge(customerId, saved.id)).payment.status).toBe('succeeded');
    expect((await charge(customerId, saved.id, {})).payment.status).toBe('requires_action');
  });

  it('may be named by the payer in the browser', async () => {
    const customerId = someone();
    const pending = await save(customerId);
    expect(pending).toMatchObject({ status: 'pending', providerReference: null, brand: null });
    expect(pending.clientSecret).toMatch(new RegExp(`^${pending.setupIntentId}_secret_`));
    expect(await methodNow(pending.id)).not.toHaveProperty('clientSecret');
    const setups = shop.stripe().setupIntents;
    await expect(
      setups.confirm(pending.setupIntentId, { payment_method: 'pm_card_chargeDeclined' }),
    ).rejects.toMatchObject({ code: 'card_declined' });
    await methodBecomes(pending.id, 'failed');
    await setups.confirm(pending.setupIntentId, { payment_method: 'pm_card_visa' });
    expect(await methodBecomes(pending.id, 'active')).toMatchObject({ brand: 'visa', last4: '4242', lastError: null });
    expect((await charge(customerId, pending.id)).payment.status).toBe('succeeded');
  });

  it('that are refused say why, and were never saved', async () => {
    const customerId = someone();
    const refused = await save(customerId, 'pm_card_chargeDeclinedInsufficientFunds');
    expect(refused).toMatchObject({ status: 'failed', lastError: { code: 'card_declined' }, providerReference: null });
    expect((await shop.get(`/payments/methods?customerId=${customerId}`).expect(200)).body.data).toEqual([]);
    const none = await shop.post('/payments/methods', { customerId, paymentMethodId: 'pm_none' }).expect(422);
    expect(none.body).toMatchObject({ code: 'provider-refused', providerCode: 'resource_missing' });
    expect((await shop.post('/payments/methods', { paymentMethodId: 'pm_card_visa' }).expect(400)).body).toMatchObject({
      errors: [{ pointer: '#/customerId' }],
    });
    expect(
      (await shop.post('/payments/methods', { customerId, paymentMethodId: '4242 4242' }).expect(400)).body.code,
    ).toBe('validation-failed');
  });

  it('that decline when they are charged fail the payment', async () => {
    const customerId = someone();
    const { id } = await save(customerId, 'pm_card_chargeCustomerFail');
    const { payment } = await charge(customerId, id);
    expect(payment).toMatchObject({ status: 'failed', lastError: { code: 'card_declined' } });
  });

  it('are saved once: repeated with its key, after a lost answer, and by another id', async () => {
    const customerId = someone();
    const body = { customerId, paymentMethodId: 'pm_card_visa' };
    const key = randomUUID();
    const first = await shop.post('/payments/methods', body, key).expect(201);
    const again = await shop.post('/payments/methods', body, key).expect(201);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotent-replayed']).toBe('true');
    await shop.post('/payments/methods', { ...body, paymentMethodId: 'pm_card_amex' }, key).expect(422);
    const twice = { customerId, paymentMethodId: first.body.providerReference as string };
    expect((await shop.post('/payments/methods', twice).expect(422)).body.code).toBe('payment-method-not-usable');
    shop.simulator.scheduleFaults([{ fault: 'lost_answer', on: 'setup', times: 1 }]);
    const lost = await shop.post('/payments/methods', { customerId, paymentMethodId: 'pm_card_amex' }).expect(201);
    expect(lost.body).toMatchObject({ status: 'active', brand: 'amex' });
    expect(
      await shop.database.query('SELECT 1 FROM payment_methods WHERE customer_id = $1', [customerId]),
    ).toHaveLength(2);
  });

  it('are not saved while the provider is down, and repeating goes on with the same', async () => {
    const customerId = someone();
    const key = randomUUID();
    const body = { customerId, paymentMethodId: 'pm_card_visa' };
    shop.simulator.goDown();
    const refused = await shop.post('/payments/methods', body, key).expect(503);
    expect(refused.headers['retry-after']).toBeDefined();
    shop.simulator.comeBack();
    const saved = await eventually(
      () => shop.post('/payments/methods', body, key),
      ({ status }) => status !== 503,
      15_000,
    );
    expect(saved.body).toMatchObject({ status: 'active' });
    const rows = await shop.database.query('SELECT 1 FROM payment_methods WHERE customer_id = $1', [customerId]);
    expect(rows).toHaveLength(1);
  }, 30_000);

  it('that are detached at the provider, or renewed by their issuer, are so here', async () => {
    const saved = await save(someone(), 'pm_card_visa');
    await shop.stripe().paymentMethods.detach(saved.providerReference!);
    await methodBecomes(saved.id, 'detached');
  });
});
