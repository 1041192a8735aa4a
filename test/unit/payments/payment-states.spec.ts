import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#kernel/errors.js';
import { applyProviderState, attach, outcome } from '#modules/payments/domain/provider-state.js';
import { cancel, capture, captureRefused, confirm, release } from '#modules/payments/domain/payment-transitions.js';
import { newPaymentAtOnce } from '#modules/payments/domain/new-payment.js';
import { nextStates, verbs, type Payment, type Verb } from '#modules/payments/domain/payment.js';
import { type Change } from '#modules/payments/domain/payment-events.js';
import { requestRefund } from '#modules/payments/domain/refund.js';

import { now, payment, providerState, states } from './payment-fixtures.js';
import { byMessage, byVerb, nothing, refused } from './payment-transition-tables.js';

const told = ({ events }: Change) => events.map(({ type }) => type.replace('payment.', ''));
const visa = { paymentMethodId: 'pm_card_visa', returnUrl: null, isOffSession: false, providerCustomer: null };
const act: Record<Verb, (p: Payment) => Change> = {
  confirm: (p) => confirm(p, visa, now),
  capture: (p) => capture(p, undefined, now),
  cancel: (p) => cancel(p, now),
  refund: (p) => requestRefund(p, 'r', undefined, null, 'provider', now),
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
    const change = applyProviderState(payment({ status: from }), providerState(said), now);
    if (expected === nothing) return expect(change).toBe(nothing);
    const [status, ...events] = expected;
    expect((change as Change).payment.status).toBe(status);
    expect(told(change as Change)).toEqual(events);
    if (status !== from) expect(nextStates[from]).toContain(status);
  });

  /** Every state x every verb x every provider state: what follows is what the two tables say one after the other. */
  const all = states.flatMap((from) =>
    (Object.keys(byVerb) as Verb[]).flatMap((verb) => states.map((said) => [from, verb, said] as const)),
  );
  it.each(all)('%s, then %s, then said to be %s: as the tables say', (from, verb, said) => {
    const before = payment({ status: from, captureMethod: 'manual' });
    const afterVerb = byVerb[verb][from] === refused ? before : act[verb](before).payment;
    const result = applyProviderState(afterVerb, providerState(said), now);
    const expected = byMessage[afterVerb.status][said];
    const wasGivenUp =
      afterVerb.superseded && ['processing', 'requires_action', 'requires_capture'].includes(afterVerb.status);
    if (expected === nothing) return expect(result).toBe(nothing);
    const change = result as Change;
    if (wasGivenUp && said === 'failed') {
      // It is not wanted, so it shall not be tried again.
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
    expect(applyProviderState(payment(), providerState('succeeded', wrong), now)).toBe('contradiction');
  });

  it('captures all, or a part of which the rest is released, once at a time', () => {
    const authorized = payment({ status: 'requires_capture', captureMethod: 'manual' });
    expect(capture(authorized, undefined, now).payment.captureRequested).toBe(100);
    for (const wrong of [0, -1, 101]) expect(() => capture(authorized, wrong, now)).toThrow('was authorized');
    const { payment: capturing } = capture(authorized, 40, now);
    expect(() => capture(capturing, 40, now)).toThrow('being captured');
    expect(() => cancel(capturing, now)).toThrow('being captured');
    // Another amount than was asked for is a contradiction; the one that was asked for is taken, the rest goes back.
    expect(applyProviderState(capturing, providerState('succeeded', { amountCaptured: 41 }), now)).toBe(
      'contradiction',
    );
    const done = applyProviderState(capturing, providerState('succeeded', { amountCaptured: 40 }), now) as Change;
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

  it('tells its outcome to the caller who asked for it in one request, and to no other', () => {
    const { payment: taken, events } = newPaymentAtOnce(payment(), visa, 'https://shop.example/hook', now);
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

  it('whose bank wants to see a payer who is not there requires an action, and hears of that attempt once', () => {
    const error = { code: 'authentication_required', message: 'The bank wants to see the payer.' };
    const nextAction = { type: 'confirm_on_session', paymentMethodId: 'pm_1' };
    const heard = providerState('requires_action', { error, nextAction, charge: 'ch_1' });
    const { payment: waiting } = applyProviderState(payment(), heard, now) as Change;
    expect(waiting).toMatchObject({ status: 'requires_action', nextAction, lastError: error });
    // Told late, it does not take the page of the bank from a payer who is on it.
    const onPage = { ...waiting, nextAction: { type: 'redirect_to_url' } };
    expect(applyProviderState(onPage, heard, now)).toBe('nothing-new');
    const { payment: again } = confirm(waiting, visa, now);
    expect(applyProviderState(again, heard, now)).toBe('nothing-new');
    expect(applyProviderState(again, { ...heard, charge: 'ch_2' }, now)).toMatchObject({
      payment: { status: 'requires_action' },
    });
  });

  it('gets its reference once', () => {
    const fresh = payment({ providerReference: null });
    expect(attach(fresh, providerState('processing'), now).providerReference).toBe('pi_1');
    expect(attach(payment(), providerState('processing', { reference: 'pi_2' }), now).providerReference).toBe('pi_1');
  });
});
