import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { audit, clean } from '../../support/books.js';
import { postProcessorEvent, processorEvent, signStripeEvent } from '../../support/processor-event.js';
import { eventually, Shop, type Payment, type Product } from '../../support/shop.js';

interface Message {
  id: string;
  eventId: string;
  status: string;
  effect: string;
  rawBody: string;
  verdict: string;
}

describe('events of other processors', () => {
  let shop: Shop;
  let mug: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    mug = await shop.product({ stock: 1000 });
  });
  afterAll(async () => {
    expect(await audit(shop.database)).toEqual(clean);
    await shop.close();
  });

  const messageOf = async (eventId: string) => {
    const { body } = await shop.get('/webhooks/inbox?limit=100').expect(200);
    return (body as { data: Message[] }).data.find((message) => message.eventId === eventId);
  };
  const settled = (eventId: string, status: string) =>
    eventually(
      () => messageOf(eventId),
      (message) => message?.status === status,
    );
  const about = (order: { id: string }, more: object = {}) => ({
    orderId: order.id,
    amount: 1000,
    currency: 'usd',
    ...more,
  });
  const paymentsOf = async (orderId: string) =>
    ((await shop.get(`/payments?orderId=${orderId}`).expect(200)).body as { data: Payment[] }).data;

  it('complete the order, named by its id or by its number, once', async () => {
    const order = await shop.order(mug.id);
    const providerEvent = processorEvent(about(order));
    expect((await postProcessorEvent(shop, providerEvent).expect(200)).body).toEqual({ received: true });
    expect((await postProcessorEvent(shop, providerEvent).expect(200)).body).toEqual({
      received: true,
      duplicate: true,
    });
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
    expect(await paymentsOf(order.id)).toMatchObject([
      { provider: 'external', status: 'succeeded', amountCaptured: 1000 },
    ]);
    const numbered = await shop.order(mug.id);
    await postProcessorEvent(
      shop,
      processorEvent({ orderNumber: numbered.orderNumber, amount: 1000, currency: 'USD' }),
    ).expect(200);
    await shop.orderBecomes(numbered.id, 'paid');
  });

  it.each([
    ['missing', () => null],
    ['malformed', () => 'v1=00'],
    ['mismatch', (body: string) => signStripeEvent(body, { secret: 'wrong' })],
    ['mismatch', (body: string) => signStripeEvent(body, { prefix: '' })], // as Stripe signs
    ['stale', (body: string) => signStripeEvent(body, { timestamp: Math.floor(Date.now() / 1000) - 301 })],
    ['stale', (body: string) => signStripeEvent(body, { timestamp: Math.floor(Date.now() / 1000) + 302 })],
  ] as const)('are refused when the signature is %s', async (reason, sign) => {
    const body = JSON.stringify(processorEvent(about({ id: randomUUID() })));
    expect((await postProcessorEvent(shop, body, sign(body)).expect(401)).body).toMatchObject({
      code: 'invalid-signature',
      reason,
    });
  });

  it('that are no JSON are 400', async () => {
    expect((await postProcessorEvent(shop, '{').expect(400)).body.code).toBe('malformed-json');
    await postProcessorEvent(shop, '{"type":"payment.succeeded"}').expect(400);
  });

  it('that come before their order wait for it', async () => {
    const orderNumber = `EARLY-${randomUUID()}`;
    const providerEvent = processorEvent({ orderNumber, amount: 1000, currency: 'USD' });
    await postProcessorEvent(shop, providerEvent).expect(200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await messageOf(providerEvent.id))!.status).toBe('received');
    const order = await shop.order(mug.id, 1, { orderNumber });
    expect(await shop.orderBecomes(order.id, 'paid')).toMatchObject({ status: 'completed' });
  });

  it('over another amount or currency, or unreadable, need review and change nothing, and may be applied later', async () => {
    const order = await shop.order(mug.id);
    for (const wrong of [
      { amount: 999 },
      { currency: 'EUR' },
      { amount: '1000' },
      { currency: 'nonsense' },
      { orderId: 'x' },
      { orderId: undefined },
    ]) {
      const providerEvent = processorEvent(about(order, wrong));
      await postProcessorEvent(shop, providerEvent).expect(200);
      await settled(providerEvent.id, 'needs_review');
    }
    expect(await shop.orderNow(order.id)).toMatchObject({ status: 'pending', paymentStatus: 'unpaid' });
    expect(await paymentsOf(order.id)).toEqual([]);
  });

  it('come to the same end in every order, twice over', async () => {
    for (const types of [
      ['payment.failed', 'payment.succeeded'],
      ['payment.succeeded', 'payment.failed'],
      ['payment.failed', 'payment.failed', 'payment.succeeded'],
    ]) {
      const order = await shop.order(mug.id);
      for (const type of types) {
        const providerEvent = processorEvent(about(order), type);
        await postProcessorEvent(shop, providerEvent).expect(200);
        await eventually(
          () => messageOf(providerEvent.id),
          (message) => message?.status === 'applied' || message?.status === 'ignored',
        );
        if (type === 'payment.failed' && types[0] === type)
          expect(await shop.orderNow(order.id)).toMatchObject({ paymentStatus: 'failed' });
      }
      expect(await shop.orderNow(order.id)).toMatchObject({ status: 'completed', paymentStatus: 'paid' });
      expect(await paymentsOf(order.id)).toHaveLength(1);
    }
  });

  it('close what was begun elsewhere for the same order', async () => {
    const order = await shop.order(mug.id);
    const intent = await shop.intent(order.id);
    await postProcessorEvent(shop, processorEvent(about(order))).expect(200);
    await shop.orderBecomes(order.id, 'paid');
    expect((await shop.paymentNow(intent.id)).status).toBe('canceled');
    const { order: held, payment } = await shop.authorized(mug.id);
    await postProcessorEvent(shop, processorEvent(about(held))).expect(200);
    expect(await shop.orderBecomes(held.id, 'paid')).toMatchObject({ status: 'completed' });
    await shop.becomes(payment.id, 'canceled');
    expect(await shop.orderNow(held.id)).toMatchObject({ paymentStatus: 'paid' });
  });

  it('about an order that is canceled, or paid already, leave the money to be given back by a person', async () => {
    const canceled = await shop.order(mug.id);
    await shop.post(`/orders/${canceled.id}/cancel`).expect(200);
    const { order: paid } = await shop.paid(mug.id);
    for (const order of [canceled, paid]) {
      await postProcessorEvent(shop, processorEvent(about(order))).expect(200);
      const payments = await eventually(
        () => paymentsOf(order.id),
        (found) => found.some(({ provider, amountRefunded }) => provider === 'external' && amountRefunded === 1000),
      );
      const { id } = payments.find(({ provider }) => provider === 'external')!;
      const refunds = async () =>
        ((await shop.get(`/payments/${id}/refunds`).expect(200)).body as { data: { id: string; status: string }[] })
          .data;
      const [refund] = await refunds();
      expect(refund!.status).toBe('requested');
      const settle = (body: object) => shop.post(`/refunds/${refund!.id}/settle`, body);
      expect((await settle({ succeeded: true, reference: `R-${order.id}` }).expect(200)).body).toMatchObject({
        status: 'succeeded',
        providerReference: `R-${order.id}`,
      });
      await settle({ succeeded: true }).expect(200); // said twice
      expect((await settle({ succeeded: false }).expect(409)).body.code).toBe('invalid-refund-state');
    }
    expect(await shop.orderNow(canceled.id)).toMatchObject({
      paymentStatus: 'refunded',
      amountPaid: 1000,
      amountRefunded: 1000,
    });
    expect(await shop.orderNow(paid.id)).toMatchObject({ status: 'completed', paymentStatus: 'paid' });
  });

  it('that tell of a refund book it, or settle the one that was requested', async () => {
    const order = await shop.order(mug.id, 2);
    await postProcessorEvent(shop, processorEvent({ ...about(order), amount: 2000 })).expect(200);
    await shop.orderBecomes(order.id, 'paid');
    const [payment] = await paymentsOf(order.id);
    const asked = await shop.post(`/payments/${payment!.id}/refunds`, { amount: 500 }).expect(202);
    expect(asked.body.status).toBe('requested');
    const refunded = (amount: number, reference?: string) =>
      postProcessorEvent(shop, processorEvent({ ...about(order), amount, reference }, 'payment.refunded')).expect(200);
    await refunded(500, 'R-1');
    await shop.orderBecomes(order.id, 'partially_refunded');
    await refunded(500, 'R-1'); // the same again
    await refunded(1500);
    expect(await shop.orderBecomes(order.id, 'refunded')).toMatchObject({ amountPaid: 2000, amountRefunded: 2000 });
    const { data } = (await shop.get(`/payments/${payment!.id}/refunds`).expect(200)).body as { data: object[] };
    expect(data).toHaveLength(2);
  });

  it('are kept with all that is known of them, and can be replayed', async () => {
    const orderNumber = `LATE-${randomUUID()}`;
    const providerEvent = processorEvent({ orderNumber, amount: 1000, currency: 'USD' });
    const raw = JSON.stringify(providerEvent, null, 1);
    await postProcessorEvent(shop, raw).expect(200);
    const { id } = (await messageOf(providerEvent.id))!;
    expect((await shop.get(`/webhooks/inbox/${id}`).expect(200)).body).toMatchObject({
      source: 'payments',
      rawBody: raw,
      verdict: 'verified',
      headers: { 'content-type': 'application/json' },
      status: 'received',
    });
    // Its time is up: it is escalated, not forgotten.
    await eventually(
      async () => {
        await shop.database.query(
          `UPDATE outbox o SET attempts = 10000, due_at = now() FROM events e WHERE e.id = o.event_id AND e.subject_id = $1 AND o.due_at > now() + interval '100 ms'`,
          [id],
        );
        return messageOf(providerEvent.id);
      },
      (message) => message?.status === 'unmatched',
    );
    expect((await shop.eventsOf(id)).map(({ type }) => type)).toEqual(['inbox.received', 'inbox.unmatched']);
    expect((await shop.metrics()).text).toMatch(/inbox_messages_total\{source="payments",status="unmatched"\} 1/);
    const unmatched = (
      (await shop.get('/webhooks/inbox?status=unmatched&type=payment.succeeded').expect(200)).body as {
        data: Message[];
      }
    ).data;
    expect(unmatched.map((message) => message.id)).toContain(id);
    const order = await shop.order(mug.id, 1, { orderNumber });
    const replay = await shop.post(`/webhooks/inbox/${id}/replay`).set('Prefer', 'wait=10').expect(200);
    expect(replay.body).toMatchObject({ id, status: 'applied' });
    await shop.orderBecomes(order.id, 'paid');
    expect((await shop.post(`/webhooks/inbox/${id}/replay`).expect(202)).body).toMatchObject({ status: 'received' });
    expect(await settled(providerEvent.id, 'ignored')).toMatchObject({
      effect: 'The payment is succeeded; succeeded changes nothing.',
    });
    await shop.post(`/webhooks/inbox/${randomUUID()}/replay`).expect(404);
    await shop.get(`/webhooks/inbox/${randomUUID()}`).expect(404);
  });
});
