import { describe, expect, it } from '@jest/globals';
import { type ProviderPaymentState } from '#modules/payments/domain/provider-state.js';
import { type Payment } from '#modules/payments/domain/payment.js';
import { comparePayment, compareRefund } from '#modules/payments/domain/reconciliation.js';
import { nextRefundStates, type RefundState } from '#modules/payments/domain/refund.js';

import { now, payment, providerState, states } from './payment-fixtures.js';

describe('reconciliation', () => {
  const compare = (ours: Partial<Payment>, theirs: ProviderPaymentState, isUnderWay = false, isPaidByAnother = false) =>
    comparePayment(payment(ours), theirs, isUnderWay, isPaidByAnother, now);

  it('finds nothing where both say the same', () => {
    for (const status of states) expect(compare({ status }, providerState(status))).toBe('same');
    expect(compare({ status: 'failed' }, providerState('requires_payment_method'))).toBe('same');
  });

  it('names what differs, and how it is healed', () => {
    expect(compare({ status: 'processing' }, providerState('succeeded'))).toMatchObject({
      class: 'status',
      cure: 'apply',
    });
    expect(compare({ status: 'processing' }, providerState('failed'))).toMatchObject({
      class: 'status',
      cure: 'apply',
    });
    expect(compare({ status: 'processing' }, providerState('requires_payment_method'))).toMatchObject({
      class: 'status',
      cure: 'fail',
    });
    expect(compare({ status: 'canceled' }, providerState('requires_payment_method'))).toMatchObject({
      class: 'status',
      cure: 'void',
    });
    expect(compare({ status: 'canceled', superseded: true }, providerState('succeeded'))).toMatchObject({
      class: 'duplicate_charge',
      cure: 'apply',
    });
    expect(compare({ status: 'processing' }, providerState('succeeded'), false, true)).toMatchObject({
      class: 'duplicate_charge',
      cure: 'apply',
    });
    expect(compare({ status: 'succeeded' }, providerState('canceled'))).toMatchObject({ class: 'status', cure: null });
    expect(compare({ status: 'processing' }, providerState('succeeded', { amount: 99 }))).toMatchObject({
      class: 'amount',
      cure: null,
    });
    expect(
      compare({ status: 'succeeded', captureMethod: 'manual', amountCaptured: 40 }, providerState('succeeded')),
    ).toMatchObject({ class: 'amount', cure: null });
  });

  it('waits for what is under way', () => {
    expect(compare({ status: 'processing' }, providerState('requires_payment_method'), true)).toBe('wait');
    expect(compare({ status: 'processing' }, providerState('succeeded'), true)).toBe('wait');
    expect(compare({ status: 'canceled' }, providerState('requires_payment_method'), true)).toBe('wait');
  });

  it('never calls a contradiction safe', () => {
    for (const from of states) {
      for (const said of states) {
        expect(compare({ status: from }, providerState(said, { amount: 7 }))).toMatchObject({
          class: 'amount',
          cure: null,
        });
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
