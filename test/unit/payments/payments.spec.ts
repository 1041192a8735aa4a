import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError } from '#kernel/errors.js';
import {
  applyProviderState,
  attach,
  outcome,
  type ProviderPaymentState,
} from '#modules/payments/domain/provider-state.js';
import { cancel, capture, captureRefused, confirm, release } from '#modules/payments/domain/payment-transitions.js';
import { newPaymentAtOnce } from '#modules/payments/domain/new-payment.js';
import { nextStates, verbs, type Payment, type PaymentState, type Verb } from '#modules/payments/domain/payment.js';
import { type Change } from '#modules/payments/domain/payment-events.js';
import { comparePayment, compareRefund } from '#modules/payments/domain/reconciliation.js';
import {
  bookForeignRefund,
  nextRefundStates,
  requestRefund,
  settleRefund,
  type RefundState,
} from '#modules/payments/domain/refund.js';

const now = new Date('2026-01-01T00:00:00Z');
const states = Object.keys(nextStates) as PaymentState[];

const payment = (changes: Partial<Payment> = {}): Payment => ({
  id: '01939d00-0000-7000-8000-000000000002',
  orderId: null,
  provider: 'stripe',
  providerReference: 'pi_1',
  clientSecret: null,
  method: null,
  amount: 100,
  amountCaptured: changes.status === 'succeeded' ? 100 : 0,
  amountRefunded: 0,
  currency: 'USD',
  captureMethod: 'automatic',
  captureRequested: null,
  status: 'processing',
  superseded: false,
  lastError: null,
  failedCharge: null,
  methodTypes: ['card'],
  risk: null,
  webhookUrl: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
  ...changes,
});

const verdict = (status: PaymentState, changes: Partial<ProviderPaymentState> = {}): ProviderPaymentState => ({
  reference: 'pi_1',
  paymentId: null,
  clientSecret: null,
  status,
  awaitsPayer: false,
  amount: 100,
  amountCaptured: status === 'succeeded' ? 100 : 0,
  currency: 'USD',
  error: null,
  charge: null,
  risk: null,
  ...changes,
});

const told = ({ events }: Change) => events.map(({ type }) => type.replace('payment.', ''));
const refused = 'refused';

/** What each verb does in each state: the state afterwards and the events, or a refusal. Written out, not computed. */
const byVerb: Record<Verb, Record<PaymentState, [PaymentState, ...string[]] | typeof refused>> = {
  confirm: {
    requires_payment_method: ['processing', 'processing', 'confirmation_requested'],
    processing: refused,
    requires_capture: refused,
    succeeded: refused,
    failed: ['processing', 'processing', 'confirmation_requested'],
    canceled: refused,
  },
  capture: {
    requires_payment_method: refused,
    processing: refused,
    requires_capture: ['requires_capture', 'capture_requested'],
    succeeded: refused,
    failed: refused,
    canceled: refused,
  },
  cancel: {
    requires_payment_method: ['canceled', 'canceled', 'void_requested'],
    processing: ['processing', 'void_requested'],
    requires_capture: ['requires_capture', 'void_requested'],
    succeeded: refused,
    failed: ['canceled', 'canceled', 'void_requested'],
    canceled: ['canceled'],
  },
  refund: {
    requires_payment_method: refused,
    processing: refused,
    requires_capture: refused,
    succeeded: ['succeeded', 'refund_requested'],
    failed: refused,
    canceled: refused,
  },
};

const act: Record<Verb, (p: Payment) => Change> = {
  confirm: (p) => confirm(p, 'pm_card_visa', now),
  capture: (p) => capture(p, undefined, now),
  cancel: (p) => cancel(p, now),
  refund: (p) => requestRefund(p, 'r', undefined, null, now),
};

const nothing = 'nothing-new';
/** What each notice does in each state. */
const byMessage: Record<PaymentState, Record<PaymentState, [PaymentState, ...string[]] | typeof nothing>> = {
  requires_payment_method: {
    requires_payment_method: nothing,
    processing: ['processing', 'processing'],
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: ['failed', 'failed'],
    canceled: ['canceled', 'canceled'],
  },
  processing: {
    requires_payment_method: nothing,
    processing: nothing,
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: ['failed', 'failed'],
    canceled: ['canceled', 'canceled'],
  },
  requires_capture: {
    requires_payment_method: nothing,
    processing: nothing,
    requires_capture: nothing,
    succeeded: ['succeeded', 'succeeded'],
    failed: nothing,
    canceled: ['canceled', 'canceled'],
  },
  succeeded: {
    requires_payment_method: nothing,
    processing: nothing,
    requires_capture: nothing,
    succeeded: nothing,
    failed: nothing,
    canceled: nothing,
  },
  failed: {
    requires_payment_method: nothing,
    // The buyer may try again after a failure; a late notice that says "processing" does not do it for them.
    processing: nothing,
    requires_capture: ['requires_capture', 'authorized'],
    succeeded: ['succeeded', 'succeeded'],
    failed: nothing,
    canceled: ['canceled', 'canceled'],
  },
  canceled: {
    requires_payment_method: nothing,
    processing: nothing,
    // Authorized in a browser after it was given up: it is let go again.
    requires_capture: ['canceled', 'void_requested'],
    succeeded: ['succeeded', 'succeeded'],
    failed: nothing,
    canceled: nothing,
  },
};

describe('the payment', () => {
  const verbTable = (Object.keys(byVerb) as Verb[]).flatMap((verb) =>
    states.map((from) => [verb, from, byVerb[verb][from]] as const),
  );
  it.each(verbTable)('%s when it is %s: %j', (verb, from, expected) => {
    const before = payment({ status: from, captureMethod: 'manual' });
    expect((verbs[verb] as readonly string[]).includes(from)).toBe(expected !== refused);
    if (expected === refused) return expect(() => act[verb](before)).toThrow(DomainError);
    const change = act[verb](before);
    const [status, ...events] = expected;
    expect(change.payment.status).toBe(status);
    expect(told(change)).toEqual(events);
    expect(change.payment.version).toBe(events.length === 0 ? 1 : 2);
  });

  const messageTable = states.flatMap((from) => states.map((said) => [from, said, byMessage[from][said]] as const));
  it.each(messageTable)('that is %s and is said to be %s: %j', (from, said, expected) => {
    const change = applyProviderState(payment({ status: from }), verdict(said), now);
    if (expected === nothing) return expect(change).toBe(nothing);
    const [status, ...events] = expected;
    expect((change as Change).payment.status).toBe(status);
    expect(told(change as Change)).toEqual(events);
    if (status !== from) expect(nextStates[from]).toContain(status);
  });

  /** Every state x every verb x every notice: what follows is what the two tables say one after the other. */
  const all = states.flatMap((from) =>
    (Object.keys(byVerb) as Verb[]).flatMap((verb) => states.map((said) => [from, verb, said] as const)),
  );
  it.each(all)('%s, then %s, then said to be %s: as the tables say', (from, verb, said) => {
    const before = payment({ status: from, captureMethod: 'manual' });
    const afterVerb = byVerb[verb][from] === refused ? before : act[verb](before).payment;
    const result = applyProviderState(afterVerb, verdict(said), now);
    const expected = byMessage[afterVerb.status][said];
    const wasGivenUp =
      afterVerb.superseded && (afterVerb.status === 'processing' || afterVerb.status === 'requires_capture');
    if (expected === nothing) return expect(result).toBe(nothing);
    const change = result as Change;
    if (wasGivenUp && said === 'failed') {
      // Nobody wants it, so nobody shall try it again.
      expect([change.payment.status, ...told(change)]).toEqual(['canceled', 'canceled', 'void_requested']);
    } else if (wasGivenUp && said === 'requires_capture') {
      expect([change.payment.status, ...told(change)]).toEqual(['requires_capture', 'authorized', 'void_requested']);
    } else {
      expect([change.payment.status, ...told(change)]).toEqual(expected);
    }
    expect(change.payment.captureRequested === null || change.payment.status === 'requires_capture').toBe(true);
  });

  it('believes a success from every state but a success', () => {
    expect(states.filter((from) => !nextStates[from].includes('succeeded'))).toEqual(['succeeded']);
  });

  it.each([
    { amount: 99 },
    { amount: 101 },
    { currency: 'EUR' },
    { amountCaptured: 0 },
    { amountCaptured: 99 },
    { amountCaptured: 101 },
  ])('is not changed by a success over %j', (wrong) => {
    expect(applyProviderState(payment(), verdict('succeeded', wrong), now)).toBe('contradiction');
  });

  it('captures all, or a part of which the rest is released, once at a time', () => {
    const authorized = payment({ status: 'requires_capture', captureMethod: 'manual' });
    expect(capture(authorized, undefined, now).payment.captureRequested).toBe(100);
    for (const wrong of [0, -1, 101]) expect(() => capture(authorized, wrong, now)).toThrow('was authorized');
    const { payment: capturing } = capture(authorized, 40, now);
    expect(() => capture(capturing, 40, now)).toThrow('being captured');
    expect(() => cancel(capturing, now)).toThrow('being captured');
    // Another amount than was asked for is a contradiction; the one that was asked for is taken, the rest goes back.
    expect(applyProviderState(capturing, verdict('succeeded', { amountCaptured: 41 }), now)).toBe('contradiction');
    const done = applyProviderState(capturing, verdict('succeeded', { amountCaptured: 40 }), now) as Change;
    expect(done.payment).toMatchObject({ status: 'succeeded', amountCaptured: 40, captureRequested: null });
    expect(done.events[0]!.data).toMatchObject({ amountCaptured: 40, amountReleased: 60 });
    // A refused capture may be tried again.
    const refusedOnce = captureRefused(capturing, { code: 'x', message: 'no' }, now).payment;
    expect(capture(refusedOnce, 30, now).payment.captureRequested).toBe(30);
    expect(() => capture({ ...authorized, superseded: true }, 1, now)).toThrow('being canceled');
  });

  it('is given up once, however often', () => {
    const { payment: given } = release(payment(), now);
    expect(given).toMatchObject({ status: 'processing', superseded: true });
    expect(release(given, now)).toEqual({ payment: given, events: [] });
  });

  it('tells its outcome to whoever asked for it in one request, and to nobody else', () => {
    const { payment: taken, events } = newPaymentAtOnce(payment(), 'pm_card_visa', 'https://shop.example/hook', now);
    expect([taken.status, ...told({ payment: taken, events })]).toEqual([
      'processing',
      'processing',
      'confirmation_requested',
    ]);
    expect(outcome(taken)).toBeNull();
    for (const status of ['succeeded', 'failed', 'canceled'] as const) {
      expect(outcome({ ...taken, status })?.data).toMatchObject({ outcome: `payment.${status}`, status });
      expect(outcome(payment({ status }))).toBeNull();
    }
    expect(JSON.stringify(outcome({ ...taken, status: 'failed' }))).not.toContain('shop.example');
  });

  it('gets its reference once', () => {
    const fresh = payment({ providerReference: null });
    expect(attach(fresh, verdict('processing'), now).providerReference).toBe('pi_1');
    expect(attach(payment(), verdict('processing', { reference: 'pi_2' }), now).providerReference).toBe('pi_1');
  });
});

describe('refunds', () => {
  const paid = payment({ status: 'succeeded', amountCaptured: 100 });

  it('never exceed what was captured, those under way included', () => {
    for (const wrong of [0, -5, 101])
      expect(() => requestRefund(paid, 'r', wrong, null, now)).toThrow('left to refund');
    const first = requestRefund(paid, 'r1', 60, null, now);
    expect(first.refund).toMatchObject({ status: 'pending', amount: 60 });
    expect(() => requestRefund(first.payment, 'r2', 60, null, now)).toThrow('40 USD is left');
    expect(requestRefund(first.payment, 'r2', undefined, null, now).refund.amount).toBe(40);
    expect(bookForeignRefund(first.payment, 'r3', 're_1', 41, now)).toBeNull();
  });

  it('that fail are no longer being refunded', () => {
    const { payment: refunding, refund } = requestRefund(paid, 'r1', 60, null, now);
    expect(settleRefund(refunding, refund, 'failed', now).payment.amountRefunded).toBe(0);
    expect(settleRefund(refunding, refund, 'succeeded', now).payment.amountRefunded).toBe(60);
  });

  it('keep the amounts in order, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            kind: fc.constantFrom('ask', 'foreign', 'fail', 'succeed'),
            amount: fc.integer({ min: -10, max: 150 }),
          }),
        ),
        (steps) => {
          let current = paid;
          const pending: ReturnType<typeof requestRefund>['refund'][] = [];
          for (const { kind, amount } of steps) {
            try {
              if (kind === 'ask') {
                const change = requestRefund(current, 'r', amount, null, now);
                pending.push(change.refund);
                current = change.payment;
              } else if (kind === 'foreign')
                current = bookForeignRefund(current, 'f', 're', amount, now)?.payment ?? current;
              else if (pending.length > 0)
                current = settleRefund(
                  current,
                  pending.shift()!,
                  kind === 'fail' ? 'failed' : 'succeeded',
                  now,
                ).payment;
            } catch (error) {
              expect(error).toBeInstanceOf(DomainError);
            }
            expect(
              0 <= current.amountRefunded &&
                current.amountRefunded <= current.amountCaptured &&
                current.amountCaptured <= current.amount,
            ).toBe(true);
          }
        },
      ),
    );
  });
});

describe('reconciliation', () => {
  const compare = (ours: Partial<Payment>, theirs: ProviderPaymentState, isUnderWay = false, isPaidByAnother = false) =>
    comparePayment(payment(ours), theirs, isUnderWay, isPaidByAnother, now);

  it('finds nothing where both say the same', () => {
    for (const status of states) expect(compare({ status }, verdict(status))).toBe('same');
    expect(compare({ status: 'failed' }, verdict('requires_payment_method'))).toBe('same');
  });

  it('names what differs, and how it is healed', () => {
    expect(compare({ status: 'processing' }, verdict('succeeded'))).toMatchObject({ class: 'status', cure: 'apply' });
    expect(compare({ status: 'processing' }, verdict('failed'))).toMatchObject({ class: 'status', cure: 'apply' });
    expect(compare({ status: 'processing' }, verdict('requires_payment_method'))).toMatchObject({
      class: 'status',
      cure: 'fail',
    });
    expect(compare({ status: 'canceled' }, verdict('requires_payment_method'))).toMatchObject({
      class: 'status',
      cure: 'void',
    });
    expect(compare({ status: 'canceled', superseded: true }, verdict('succeeded'))).toMatchObject({
      class: 'duplicate_charge',
      cure: 'apply',
    });
    expect(compare({ status: 'processing' }, verdict('succeeded'), false, true)).toMatchObject({
      class: 'duplicate_charge',
      cure: 'apply',
    });
    expect(compare({ status: 'succeeded' }, verdict('canceled'))).toMatchObject({ class: 'status', cure: null });
    expect(compare({ status: 'processing' }, verdict('succeeded', { amount: 99 }))).toMatchObject({
      class: 'amount',
      cure: null,
    });
    expect(
      compare({ status: 'succeeded', captureMethod: 'manual', amountCaptured: 40 }, verdict('succeeded')),
    ).toMatchObject({ class: 'amount', cure: null });
  });

  it('waits for what is under way', () => {
    expect(compare({ status: 'processing' }, verdict('requires_payment_method'), true)).toBe('wait');
    expect(compare({ status: 'processing' }, verdict('succeeded'), true)).toBe('wait');
    expect(compare({ status: 'canceled' }, verdict('requires_payment_method'), true)).toBe('wait');
  });

  it('never calls a contradiction safe', () => {
    for (const from of states) {
      for (const said of states) {
        expect(compare({ status: from }, verdict(said, { amount: 7 }))).toMatchObject({ class: 'amount', cure: null });
      }
    }
  });

  const refundStates = Object.keys(nextRefundStates) as RefundState[];
  it.each(refundStates.flatMap((ours) => refundStates.map((theirs) => [ours, theirs] as const)))(
    'of a refund that is %s here and %s there',
    (ours, theirs) => {
      const comparison = compareRefund({ status: ours, amount: 5 }, { status: theirs, amount: 5 }, false);
      if (ours === theirs) return expect(comparison).toBe('same');
      expect(comparison).toMatchObject({
        class: 'refund',
        cure: nextRefundStates[ours].includes(theirs) ? 'apply' : null,
      });
    },
  );
});
