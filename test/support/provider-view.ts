import type Stripe from 'stripe';
import type { Shop } from './shop.js';

interface OurPayment {
  id: string;
  provider_reference: string | null;
  status: string;
  amount_captured: number;
  amount_refunded: number;
  amount_disputed: number;
}

/** Every payment of which our books and the simulator's say something else, through Stripe's own SDK. */
export async function differencesFromProvider(shop: Shop): Promise<string[]> {
  const stripe = shop.stripe();
  const theirs = new Map<string, Stripe.PaymentIntent>();
  for await (const intent of stripe.paymentIntents.list({ limit: 100 })) theirs.set(intent.id, intent);
  const refunded = new Map<string, number>();
  for await (const refund of stripe.refunds.list({ limit: 100 })) {
    if (refund.status === 'failed') continue;
    const intent = refund.payment_intent as string;
    refunded.set(intent, (refunded.get(intent) ?? 0) + refund.amount);
  }
  const disputed = new Map<string, number>();
  for await (const { payment_intent: intent, amount, status } of stripe.disputes.list({ limit: 100 }))
    if (status !== 'won' && status !== 'warning_closed')
      disputed.set(intent as string, (disputed.get(intent as string) ?? 0) + amount);
  const ours = await shop.database.query<OurPayment>(
    `SELECT id, provider_reference, status, amount_captured::float8 AS amount_captured, amount_refunded::float8 AS amount_refunded,
       amount_disputed::float8 AS amount_disputed FROM payments WHERE provider = 'stripe'`,
  );
  const differences: string[] = [];
  const known = new Set<string>();
  for (const { id, provider_reference: reference, ...payment } of ours) {
    if (reference === null) {
      if (payment.status !== 'canceled' && payment.status !== 'requires_payment_method')
        differences.push(`${id} is ${payment.status} without a reference`);
      continue;
    }
    known.add(reference);
    const intent = theirs.get(reference);
    const expected = intent && {
      status: intent.status === 'requires_payment_method' && intent.last_payment_error ? 'failed' : intent.status,
      amount_captured: intent.amount_received,
      amount_refunded: refunded.get(reference) ?? 0,
      amount_disputed: disputed.get(reference) ?? 0,
    };
    const actual = { ...payment, status: payment.status };
    // An attempt that was refused before it began leaves no trace at the provider.
    if (expected?.status === 'requires_payment_method' && actual.status === 'failed')
      actual.status = 'requires_payment_method';
    if (JSON.stringify(expected) !== JSON.stringify(actual))
      differences.push(`${id} ${reference}: ours ${JSON.stringify(actual)}, theirs ${JSON.stringify(expected)}`);
  }
  for (const [reference, { status }] of theirs)
    if (!known.has(reference)) differences.push(`${reference} (${status}) is not in our books`);
  return differences;
}

/**
 * Waits until no reaction is left that is going to happen by itself, dead letters aside. The longest: a payment whose creation was cut
 * short is looked after 30 s later, and the events that wait for it come back by their back-off.
 */
export async function untilQuiet(shop: Shop, lockTimeoutMs = 150_000): Promise<void> {
  const deadline = Date.now() + lockTimeoutMs;
  for (let calm = 0; calm < 3;) {
    const rows = await shop.database.query<{ subscriber: string; last_error: string | null }>(
      `SELECT subscriber, last_error FROM outbox WHERE subscriber <> 'payments.finish-creating-intent'`,
    );
    calm = rows.length === 0 ? calm + 1 : 0;
    if (Date.now() > deadline) throw new Error(`Still under way: ${JSON.stringify(rows.slice(0, 5))}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
