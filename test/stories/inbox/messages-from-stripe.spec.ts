import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { eventually, Shop, type Product } from '../../support/shop.js';
import { intentEvent, postStripeEvent, sign } from '../../support/stripe-event.js';

describe('events from Stripe', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open({ stripeWebhookSecrets: ['whsec_dev_stripe_webhook_secret', 'previous_secret'] });
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const message = async (eventId: string) =>
    (
      await shop.database.query<{ status: string; effect: string; raw_body: Buffer }>(
        'SELECT status, effect, raw_body FROM inbox_messages WHERE event_id = $1',
        [eventId],
      )
    )[0];
  const payable = async () => {
    const order = await shop.order(mug.id);
    return { order, payment: await shop.intent(order.id) };
  };

  it('are stored byte for byte and complete the order', async () => {
    const { order, payment } = await payable();
    const body = JSON.stringify(intentEvent('payment_intent.succeeded', payment, {}, 'evt_bytes'), null, 2);
    expect((await postStripeEvent(shop, body).expect(200)).body).toEqual({ received: true });
    await eventually(
      () => shop.orderNow(order.id),
      (o) => o.status === 'completed',
    );
    const stored = await eventually(
      () => message('evt_bytes'),
      (r) => r?.status === 'applied',
    );
    expect(stored!.raw_body.toString()).toBe(body);
    expect((await postStripeEvent(shop, body).expect(200)).body).toEqual({ received: true, duplicate: true });
  });

  it.each([
    ['missing', (_: string): string | null => null],
    ['malformed', (_: string): string | null => 'v1=abc'],
    ['malformed', (_: string): string | null => `t=1,v1=zz`],
    ['malformed', (_: string): string | null => `t=12x,v1=${'0'.repeat(64)}`],
    ['mismatch', (body: string): string | null => sign(body, { secret: 'wrong' })],
    ['mismatch', (body: string): string | null => sign(`${body} `)],
    ['stale', (body: string): string | null => sign(body, { timestamp: Math.floor(Date.now() / 1000) - 310 })],
    ['stale', (body: string): string | null => sign(body, { timestamp: Math.floor(Date.now() / 1000) + 310 })],
  ] as const)('are refused when the signature is %s', async (reason, signature) => {
    const body = JSON.stringify({ id: 'evt_x', type: 'payment_intent.succeeded' });
    const { body: problem } = await postStripeEvent(shop, body, signature(body)).expect(401);
    expect(problem).toMatchObject({ code: 'invalid-signature', reason });
    expect(await message('evt_x')).toBeUndefined();
  });

  it('are accepted with any of several signatures, and with the previous secret', async () => {
    const body = JSON.stringify({ id: 'evt_rotated', type: 'account.updated' });
    const [t, right] = sign(body, { secret: 'previous_secret' }).split(',');
    await postStripeEvent(shop, body, `${t},v0=old,v1=${'0'.repeat(64)},${right}`).expect(200);
    await eventually(
      () => message('evt_rotated'),
      (r) => r?.status === 'ignored',
    );
  });

  it('that are not JSON are 400, but only when they are signed', async () => {
    expect((await postStripeEvent(shop, '{oops').expect(400)).body.code).toBe('malformed-json');
    expect((await postStripeEvent(shop, '').expect(400)).body.code).toBe('malformed-json');
    await postStripeEvent(shop, '{"id": 5, "type": "x"}').expect(400);
    await postStripeEvent(shop, '{oops', null).expect(401);
  });

  it('over another amount or currency need review and change nothing', async () => {
    for (const changes of [{ amount: 1, amount_received: 1 }, { currency: 'eur' }]) {
      const { order, payment } = await payable();
      const event = intentEvent('payment_intent.succeeded', payment, changes) as { id: string };
      await postStripeEvent(shop, JSON.stringify(event)).expect(200);
      await eventually(
        () => message(event.id),
        (r) => r?.status === 'needs_review',
      );
      expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'unpaid' });
    }
  });

  it('that are early wait for their payment', async () => {
    const { order, payment } = await payable();
    await shop.database.query('UPDATE payments SET provider_reference = NULL WHERE id = $1', [payment.id]);
    // It carries an id of ours, so it is not of another program.
    const metadata = { paymentId: randomUUID() };
    const event = intentEvent('payment_intent.succeeded', payment, { metadata }) as { id: string };
    await postStripeEvent(shop, JSON.stringify(event)).expect(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await message(event.id))!.status).toBe('received');
    await shop.database.query('UPDATE payments SET provider_reference = $2 WHERE id = $1', [
      payment.id,
      payment.paymentIntentId,
    ]);
    await eventually(
      () => shop.orderNow(order.id),
      (o) => o.status === 'completed',
    );
  });

  it('come to the same end in every order', async () => {
    const events = [
      ['payment_intent.processing', { status: 'processing' }],
      [
        'payment_intent.payment_failed',
        { status: 'requires_payment_method', last_payment_error: { code: 'card_declined', message: 'no' } },
      ],
      ['payment_intent.succeeded', { status: 'succeeded' }],
    ] as const;
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const { order: placed, payment } = await payable();
      for (const i of order) {
        const event = intentEvent(events[i]![0], payment, events[i]![1]) as { id: string };
        await postStripeEvent(shop, JSON.stringify(event)).expect(200);
        await eventually(
          () => message(event.id),
          (r) => r?.status !== 'received',
        );
      }
      expect(await shop.orderNow(placed.id)).toMatchObject({ status: 'completed', paymentStatus: 'paid' });
      expect((await shop.paymentNow(payment.id)).status).toBe('succeeded');
    }
  });
});
