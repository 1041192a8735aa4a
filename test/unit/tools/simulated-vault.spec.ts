import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { Simulator } from '../../../tools/simulator/simulator.js';

describe('what the simulator keeps for customers', () => {
  const statePath = join(mkdtempSync(join(tmpdir(), 'simulated-')), 'state.jsonl');
  const start = () =>
    Simulator.start({
      host: '127.0.0.1',
      port: 0,
      statePath,
      delayMs: 0,
      seed: '1',
      webhookSecret: 'whsec_of_the_test',
      webhookUrl: null,
    });
  let simulator: Simulator;
  const stripe = () => new Stripe('sk_test_x', { host: '127.0.0.1', port: simulator.port, protocol: 'http' });
  beforeAll(async () => {
    simulator = await start();
    simulator.decideAtOnce(true);
  });
  afterAll(() => simulator.stop());

  const someone = async () => (await stripe().customers.create({ metadata: { customerId: 'ada' } })).id;
  const saved = async (customer: string, payment_method = 'pm_card_visa') =>
    (await stripe().setupIntents.create({ customer, payment_method, confirm: true })).payment_method as string;
  const charge = (
    customer: string | undefined,
    payment_method: string,
    more: Partial<Stripe.PaymentIntentCreateParams> = {},
  ) =>
    stripe().paymentIntents.create({
      amount: 1000,
      currency: 'usd',
      payment_method,
      confirm: true,
      ...(customer !== undefined && { customer }),
      ...more,
    });

  it('is saved by a setup, as a method of its own each time', async () => {
    const customer = await someone();
    const [first, second] = [await saved(customer), await saved(customer)];
    expect(first).not.toBe(second);
    const { data } = await stripe().paymentMethods.list({ customer });
    expect(data.map((one) => [one.id, one.customer, one.card?.last4])).toEqual([
      [second, customer, '4242'],
      [first, customer, '4242'],
    ]);
  });

  it('pays for its customer only, and for nobody when it was detached', async () => {
    const [customer, other] = [await someone(), await someone()];
    const method = await saved(customer);
    expect(await charge(customer, method, { off_session: true })).toMatchObject({
      status: 'succeeded',
      payment_method: method,
    });
    for (const another of [other, undefined])
      await expect(charge(another, method)).rejects.toMatchObject({ statusCode: 400, param: 'payment_method' });
    await stripe().paymentMethods.detach(method);
    await expect(charge(customer, method)).rejects.toMatchObject({ statusCode: 400 });
    await expect(stripe().paymentMethods.detach(method)).rejects.toMatchObject({ statusCode: 400 });
    await expect(stripe().paymentMethods.retrieve('pm_none')).rejects.toMatchObject({ code: 'resource_missing' });
  });

  it('is attached to an intent that was made without a customer by an update', async () => {
    const customer = await someone();
    const method = await saved(customer);
    const { id } = await stripe().paymentIntents.create({ amount: 1000, currency: 'usd' });
    expect((await stripe().paymentIntents.update(id, { customer, metadata: { a: 'b' } })).metadata).toEqual({ a: 'b' });
    expect((await stripe().paymentIntents.confirm(id, { payment_method: method })).status).toBe('succeeded');
    await expect(stripe().paymentIntents.update(id, { customer: await someone() })).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('asks for its payer as its bank does', async () => {
    const customer = await someone();
    const setup = await stripe().setupIntents.create({
      customer,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      confirm: true,
      return_url: 'https://shop.example.com/',
    });
    expect(setup).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } });
    await expect(stripe().setupIntents.retrieve('seti_none')).rejects.toMatchObject({ code: 'resource_missing' });
    const page = setup.next_action!.redirect_to_url!.url!;
    expect(await (await fetch(page)).text()).toContain('saves a card with the simulated shop');
    const passed = await fetch(page, {
      method: 'POST',
      body: new URLSearchParams({ outcome: 'pass' }),
      redirect: 'manual',
    });
    expect(passed.headers.get('location')).toContain(`setup_intent=${setup.id}`);
    const { status, payment_method } = await stripe().setupIntents.retrieve(setup.id);
    expect(status).toBe('succeeded');
    expect((await charge(customer, payment_method as string, { off_session: true })).status).toBe('succeeded');
    expect((await charge(customer, payment_method as string)).status).toBe('requires_action');
    const always = await saved(customer, 'pm_card_authenticationRequiredSetupForOffSession');
    expect((await charge(customer, always, { off_session: true })).status).toBe('succeeded');
  });

  it('is refused with 402, and says which card it was', async () => {
    const customer = await someone();
    await expect(saved(customer, 'pm_card_chargeDeclined')).rejects.toMatchObject({
      statusCode: 402,
      code: 'card_declined',
      setup_intent: { status: 'requires_payment_method', last_setup_error: { code: 'card_declined' } },
    });
    await expect(saved(customer, 'pm_card_none')).rejects.toMatchObject({ code: 'resource_missing' });
    await expect(saved('cus_none')).rejects.toMatchObject({ code: 'resource_missing' });
    const method = await saved(customer, 'pm_card_chargeCustomerFail');
    await expect(charge(customer, method)).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
    const pending = await stripe().setupIntents.create({ customer });
    expect((await stripe().setupIntents.cancel(pending.id)).status).toBe('canceled');
    await expect(stripe().setupIntents.confirm(pending.id, { payment_method: 'pm_card_visa' })).rejects.toMatchObject({
      code: 'setup_intent_unexpected_state',
    });
  });

  it('is told, outlives the program, and goes with its customer', async () => {
    const customer = await someone();
    const method = await saved(customer);
    const { data } = await stripe().events.list({ limit: 4 });
    expect(data.map(({ type }) => type)).toEqual([
      'setup_intent.succeeded',
      'payment_method.attached',
      'setup_intent.created',
      'customer.created',
    ]);
    await simulator.stop();
    simulator = await start();
    expect((await stripe().paymentMethods.retrieve(method)).customer).toBe(customer);
    expect(await stripe().customers.del(customer)).toMatchObject({ deleted: true });
    await expect(stripe().customers.retrieve(customer)).rejects.toMatchObject({ code: 'resource_missing' });
    expect((await stripe().paymentMethods.retrieve(method)).customer).toBeNull();
  });
});
