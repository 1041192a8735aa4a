import { createHmac, randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Test } from 'supertest';
import type { Shop } from './shop.js';

export const PAYMENT_WEBHOOK_SECRET = 'dev_payment_webhook_secret';

export function processorEvent(
  data: object,
  type = 'payment.succeeded',
  id: string = randomUUID(),
): { id: string; type: string; data: object } {
  return { id, type, data };
}

/** Posts an event as processors other than Stripe do. */
export function postProcessorEvent(shop: Shop, providerEvent: object | string, signature?: string | null): Test {
  const body = typeof providerEvent === 'string' ? providerEvent : JSON.stringify(providerEvent);
  const request = supertest(shop.url).post('/api/v1/webhooks/payments').set('Content-Type', 'application/json');
  const signed = signature === undefined ? signStripeEvent(body) : signature;
  if (signed !== null) request.set('X-Signature', signed);
  return request.send(body);
}

/** Over the text `t={t}.{raw body}`, unlike Stripe. */
export function signStripeEvent(
  body: string,
  { secret = PAYMENT_WEBHOOK_SECRET, timestamp = Math.floor(Date.now() / 1000), prefix = 't=' } = {},
): string {
  return `t=${timestamp},v1=${createHmac('sha256', secret).update(`${prefix}${timestamp}.${body}`).digest('hex')}`;
}
