import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import ts from 'typescript';
import { Simulator } from '../../../tools/simulator/simulator.js';

/** The members of an interface of the official SDK that are not optional. */
function membersOf(file: string, name: string): string[] {
  const path = `node_modules/stripe/esm/resources/${file}.d.ts`;
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === name)
      found.push(...node.members.flatMap((one) => (one.name && !one.questionToken ? [one.name.getText()] : [])));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe('the objects of the simulator', () => {
  let simulator: Simulator;
  let stripe: Stripe;
  beforeAll(async () => {
    simulator = await Simulator.start({
      host: '127.0.0.1',
      port: 0,
      statePath: join(mkdtempSync(join(tmpdir(), 'simulated-')), 'state.jsonl'),
      delayMs: 0,
      seed: '1',
      webhookSecret: 'whsec_of_the_test',
      webhookUrl: null,
    });
    simulator.decideAtOnce(true);
    stripe = new Stripe('sk_test_x', { host: '127.0.0.1', port: simulator.port, protocol: 'http', telemetry: false });
  });
  afterAll(() => simulator.stop());

  const pay = (payment_method = 'pm_card_visa', more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    stripe.paymentIntents.create({ amount: 1000, currency: 'usd', payment_method, confirm: true, ...more });

  const someone = async () => (await stripe.customers.create({ metadata: { customerId: 'ada' } })).id;

  it.each([
    ['PaymentIntents', 'PaymentIntent', () => pay()],
    ['Charges', 'Charge', async () => stripe.charges.retrieve((await pay()).latest_charge as string)],
    ['Refunds', 'Refund', async () => stripe.refunds.create({ payment_intent: (await pay()).id })],
    [
      'Disputes',
      'Dispute',
      async () => (await stripe.disputes.list({ payment_intent: (await pay('pm_card_createDispute')).id })).data[0]!,
    ],
    [
      'SetupIntents',
      'SetupIntent',
      () => stripe.setupIntents.create({ confirm: true, payment_method: 'pm_card_visa', expand: ['payment_method'] }),
    ],
    [
      'PaymentMethods',
      'PaymentMethod',
      async () => stripe.paymentMethods.attach('pm_card_visa', { customer: await someone() }),
    ],
    ['Customers', 'Customer', async () => stripe.customers.retrieve(await someone())],
    ['Events', 'EventBase', async () => (await stripe.events.list({ limit: 1 })).data[0]!],
  ] as const)('have every member that the SDK promises: %s.%s', async (file, name, make) => {
    const members = membersOf(file, name);
    expect(members.length).toBeGreaterThan(5);
    const object: object = await make();
    expect(members.filter((member) => !(member in object))).toEqual([]);
  });

  it('are confirmed as they are created, or declined with 402', async () => {
    expect(await pay()).toMatchObject({ status: 'succeeded', amount_received: 1000 });
    await expect(pay('pm_card_chargeDeclinedInsufficientFunds')).rejects.toMatchObject({
      statusCode: 402,
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      payment_intent: { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
    });
    expect(await pay('pm_card_threeDSecure2Required')).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'use_stripe_sdk' },
    });
    await expect(pay('pm_card_authenticationRequired', { off_session: true })).rejects.toMatchObject({
      statusCode: 402,
      code: 'authentication_required',
    });
  });

  it('capture in part, cancel with a reason, refund in parts', async () => {
    const held = await pay('pm_card_visa', { capture_method: 'manual' });
    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 1000, amount_received: 0 });
    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 600 });
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 600, amount_capturable: 0 });
    const first = await stripe.refunds.create({ payment_intent: held.id, amount: 200 });
    expect(first).toMatchObject({
      amount: 200,
      status: 'succeeded',
      payment_intent: held.id,
      charge: captured.latest_charge,
    });
    await expect(stripe.refunds.create({ payment_intent: held.id, amount: 401 })).rejects.toMatchObject({
      code: 'amount_too_large',
    });
    await stripe.refunds.create({ charge: captured.latest_charge as string });
    expect(await stripe.charges.retrieve(captured.latest_charge as string)).toMatchObject({
      amount_captured: 600,
      amount_refunded: 600,
      captured: true,
      refunded: true,
    });
    await expect(stripe.refunds.create({ payment_intent: held.id })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    });
    const open = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' });
    expect(await stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' })).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'abandoned',
    });
    await expect(stripe.paymentIntents.confirm(open.id, { payment_method: 'pm_card_visa' })).rejects.toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
  });

  it('refuse what Stripe refuses', async () => {
    const create = (more: object) => stripe.paymentIntents.create({ amount: 1000, currency: 'usd', ...more });
    await expect(create({ amount: 5 })).rejects.toMatchObject({ code: 'amount_too_small', param: 'amount' });
    await expect(create({ currency: 'zzz' })).rejects.toMatchObject({ param: 'currency' });
    await expect(create({ amont: 1000 })).rejects.toMatchObject({ code: 'parameter_unknown', param: 'amont' });
    await expect(create({ payment_method: 'pm_card_none' })).rejects.toMatchObject({ code: 'resource_missing' });
    await expect(stripe.paymentIntents.list({ limit: 1000 })).rejects.toMatchObject({ param: 'limit' });
    await expect(stripe.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });

  it('say the version and repeat answers under a key', async () => {
    const first = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { idempotencyKey: 'k' });
    const again = await stripe.paymentIntents.create({ amount: 1000, currency: 'usd' }, { idempotencyKey: 'k' });
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true', 'idempotency-key': 'k' });
    expect(first.lastResponse.apiVersion).toBe(Stripe.API_VERSION);
    await expect(
      stripe.paymentIntents.create({ amount: 1001, currency: 'usd' }, { idempotencyKey: 'k' }),
    ).rejects.toMatchObject({ type: 'StripeIdempotencyError' });
  });

  it('tell every step as an event', async () => {
    const { id } = await pay('pm_card_visa', { capture_method: 'manual' });
    await stripe.paymentIntents.capture(id);
    await stripe.refunds.create({ payment_intent: id });
    const { data } = await stripe.events.list({ limit: 100 });
    const types = data
      .filter(({ data: { object } }) => JSON.stringify(object).includes(id))
      .map(({ type }) => type)
      .reverse();
    expect(types).toEqual([
      'payment_intent.created',
      'payment_intent.amount_capturable_updated',
      'charge.succeeded',
      'payment_intent.succeeded',
      'charge.captured',
      'refund.created',
      'refund.updated',
      'charge.refunded',
    ]);
  });

  it('keep refunds that are pending, and those that come back', async () => {
    const pending = await stripe.refunds.create({ payment_intent: (await pay('pm_card_pendingRefund')).id });
    expect(pending.status).toBe('pending');
    const failing = await stripe.refunds.create({ payment_intent: (await pay('pm_card_refundFail')).id });
    expect(failing.status).toBe('succeeded');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await stripe.refunds.retrieve(pending.id)).status).toBe('succeeded');
    expect(await stripe.refunds.retrieve(failing.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    });
  });
});
