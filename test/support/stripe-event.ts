import { createHmac, randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Test } from 'supertest';
import { WEBHOOK_SECRET } from './program.js';
import type { Payment, Shop } from './shop.js';

/** A payment_intent event as Stripe would send it. */
export function intentEvent(
  type: string,
  payment: Pick<Payment, 'paymentIntentId' | 'amount'>,
  changes: Record<string, unknown> = {},
  id = `evt_${randomUUID()}`,
): object {
  const intent = {
    id: payment.paymentIntentId,
    object: 'payment_intent',
    amount: payment.amount,
    amount_received: payment.amount,
    currency: 'usd',
    status: 'succeeded',
    last_payment_error: null,
    client_secret: null,
    ...changes,
  };
  return { id, object: 'event', type, created: Math.floor(Date.now() / 1000), data: { object: intent } };
}

export function sign(
  body: string,
  { secret = WEBHOOK_SECRET, timestamp = Math.floor(Date.now() / 1000) } = {},
): string {
  return `t=${timestamp},v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Posts raw bytes as Stripe does. */
export function postStripeEvent(shop: Shop, body: string, signature: string | null = sign(body)): Test {
  const request = supertest(shop.url)
    .post('/api/v1/webhooks/stripe')
    .set('Content-Type', 'application/json; charset=utf-8');
  if (signature !== null) request.set('Stripe-Signature', signature);
  return request.send(body);
}
