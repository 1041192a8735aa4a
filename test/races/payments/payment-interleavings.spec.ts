import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FaultRule } from '../../../tools/simulator/faults.js';
import { disputesOf, refundsOf } from '../../../tools/simulator/banks.js';
import { Refused } from '../../../tools/simulator/answers.js';
import { audit, clean } from '../../support/books.js';
import { differencesFromProvider, untilQuiet } from '../../support/provider-view.js';
import { Shop, type Payment } from '../../support/shop.js';

const verbs = [
  'intent',
  'confirm',
  'confirm-bad',
  'capture',
  'capture-part',
  'cancel-payment',
  'refund-part',
  'refund',
  'cancel',
  'complete',
  'one-shot',
  'confirm-challenged',
  // What the payer, the payer's bank and time do.
  'pass-challenge',
  'fail-challenge',
  'expire-authorization',
  'dispute',
  'dispute-won',
  'dispute-lost',
  'refund-comes-back',
] as const;
type Verb = (typeof verbs)[number];

/** What one buyer and one merchant do to one order, each step a while after the one before. */
const script = fc.record({
  manual: fc.boolean(),
  steps: fc.array(fc.record({ verb: fc.constantFrom(...verbs), pauseMs: fc.integer({ min: 0, max: 120 }) }), {
    minLength: 2,
    maxLength: 8,
  }),
});

const faultRules = fc.record({
  declined: fc.double({ min: 0, max: 0.3, noNaN: true }),
  broken: fc.double({ min: 0, max: 0.2, noNaN: true }),
  lost: fc.double({ min: 0, max: 0.2, noNaN: true }),
  never: fc.double({ min: 0, max: 0.3, noNaN: true }),
});

const rulesOf = ({
  declined,
  broken,
  lost,
  never,
}: {
  declined: number;
  broken: number;
  lost: number;
  never: number;
}): FaultRule[] => [
  { fault: 'decline', probability: declined },
  { fault: 'server_error', probability: broken },
  { fault: 'lost_answer', probability: lost },
  { fault: 'slow', probability: 0.05, delayMs: 200 },
  { fault: 'webhook_never', probability: never },
  { fault: 'webhook_duplicated', probability: 0.3 },
  { fault: 'webhook_reordered', probability: 0.3 },
  { fault: 'webhook_late', probability: 0.1, delayMs: 700 },
];

let shop: Shop | null = null;
afterAll(() => shop?.close());

async function referenceOf(at: Shop, payment: string | null): Promise<string | null> {
  if (payment === null) return null;
  const { body } = await at.get(`/payments/${payment}`);
  return (body as Partial<Payment>).providerReference ?? null;
}

/** What happens at the provider by itself; what cannot happen in the state that its objects are in does not. */
function happens({ simulator }: Shop, reference: string | null, verb: Verb): boolean {
  const disputes = () => disputesOf(simulator.simulated, reference ?? '');
  const acts: Partial<Record<Verb, () => void>> = {
    'pass-challenge': () => simulator.answerChallenge(reference ?? '', true),
    'fail-challenge': () => simulator.answerChallenge(reference ?? '', false),
    'expire-authorization': () => simulator.expireAuthorization(reference ?? ''),
    dispute: () => void simulator.dispute(reference ?? ''),
    'dispute-won': () => disputes().forEach((id) => simulator.decideDispute(id, true)),
    'dispute-lost': () => disputes().forEach((id) => simulator.decideDispute(id, false)),
    'refund-comes-back': () =>
      refundsOf(simulator.simulated, reference ?? '').forEach((id) => simulator.failRefund(id)),
  };
  const act = acts[verb];
  if (!act) return false;
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  return true;
}

/** Any answer but a fault of ours will do; what is refused is refused. 503 comes from connections that the test has cut. */
async function play(
  at: Shop,
  productId: string,
  { manual, steps }: { manual: boolean; steps: readonly { verb: Verb; pauseMs: number }[] },
) {
  const placed = await at.post('/orders', { items: [{ productId, quantity: 1 }] });
  if (placed.status !== 201) return;
  const order = (placed.body as { id: string }).id;
  let payment: string | null = null;
  for (const { verb, pauseMs } of [
    { verb: 'intent' as const, pauseMs: 0 },
    { verb: 'confirm' as const, pauseMs: 0 },
    ...steps,
  ]) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (happens(at, await referenceOf(at, payment), verb)) continue;
    const request = {
      intent: () => at.post('/payments/intents', { orderId: order, captureMethod: manual ? 'manual' : 'automatic' }),
      confirm: () => at.post(`/payments/intents/${payment}/confirm`, { paymentMethodId: 'pm_card_visa' }),
      'confirm-bad': () =>
        at.post(`/payments/intents/${payment}/confirm`, { paymentMethodId: 'pm_card_chargeDeclined' }),
      capture: () => at.post(`/payments/intents/${payment}/capture`),
      'capture-part': () => at.post(`/payments/intents/${payment}/capture`, { amount: 400 }),
      'cancel-payment': () => at.post(`/payments/intents/${payment}/cancel`),
      'refund-part': () => at.post(`/payments/${payment}/refunds`, { amount: 300 }),
      refund: () => at.post(`/payments/${payment}/refunds`),
      'confirm-challenged': () =>
        at.post(`/payments/intents/${payment}/confirm`, { paymentMethodId: 'pm_card_threeDSecure2Required' }),
      cancel: () => at.post(`/orders/${order}/cancel`),
      complete: () => at.post(`/orders/${order}/complete`),
      'one-shot': () =>
        at.post('/payments', { orderId: order, amount: 1000, currency: 'USD', paymentMethodId: 'pm_card_visa' }),
    }[verb as 'intent'];
    const answer = await request();
    if (![200, 201, 202, 404, 409, 422, 503].includes(answer.status))
      throw new Error(`${verb} was answered ${answer.status}: ${answer.text}`);
    if ((verb === 'intent' || verb === 'one-shot') && answer.status < 300) payment = (answer.body as Payment).id;
  }
}

/** Until nothing is left to happen, refunds that are tried again ten minutes later included. */
async function quiet(at: Shop): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await at.ownReactionsAreDone();
    await at.pass(700);
  }
  await untilQuiet(at);
}

it('any interleaving of calls, provider events, crashes of the relay and faults of the provider ends with books that agree', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 15, maxLength: 25 }),
      faultRules,
      fc.boolean(),
      async (scripts, rules, autoComplete) => {
        shop = await Shop.open({ orderAutoComplete: autoComplete, simulatorDelayMs: 40 });
        const product = await shop.product({ stock: 100 });
        shop.simulator.scheduleFaults(rulesOf(rules));
        let isOver = false;
        const crash = async () => {
          // As by kill -9 between what the provider has answered and what would have been written down: every connection is gone.
          while (!isOver) {
            await new Promise((resolve) => setTimeout(resolve, 150));
            await shop!.database.query(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'quittance%'`,
            );
          }
        };
        const crashing = crash();
        await Promise.all(scripts.map((one) => play(shop!, product.id, one)));
        isOver = true;
        await crashing;
        // The dust settles: the provider is well again, and what it never told is asked for.
        shop.simulator.scheduleFaults([]);
        await quiet(shop);
        for (let run = 0; run < 2; run++) {
          await shop.post('/operations/reconciliations').set('Prefer', 'wait=30').expect(200);
          await quiet(shop);
        }
        expect(await differencesFromProvider(shop)).toEqual([]);
        expect(await audit(shop.database)).toEqual(clean);
        const dead = await shop.database.query('SELECT subscriber, last_error FROM dead_letters');
        expect(dead).toEqual([]);
        const held = await shop.database.query(
          `SELECT o.id, o.payment_status, p.status, p.amount_captured, p.amount_refunded FROM orders o JOIN payments p ON p.order_id = o.id
         WHERE o.status = 'canceled' AND (p.status IN ('processing', 'requires_action', 'requires_capture') OR p.amount_captured > p.amount_refunded + p.amount_disputed)`,
        );
        expect(held).toEqual([]);
        await shop.close();
        shop = null;
      },
    ),
    {
      numRuns: Number(process.env['PROPERTY_RUNS'] ?? 3),
      endOnFailure: true,
      ...(process.env['PROPERTY_SEED'] && { seed: Number(process.env['PROPERTY_SEED']) }),
    },
  );
}, 600_000);
