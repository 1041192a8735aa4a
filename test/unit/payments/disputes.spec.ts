import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  applyDispute,
  nextDisputeStates,
  type Dispute,
  type DisputeMovement,
  type ProviderDispute,
} from '#modules/payments/domain/dispute.js';
import { now, payment } from './payment-fixtures.js';

const heard = (changes: Partial<ProviderDispute> = {}): ProviderDispute => ({
  reference: 'dp_1',
  paymentReference: 'pi_1',
  amount: 100,
  currency: 'USD',
  reason: 'fraudulent',
  status: 'open',
  funds: null,
  evidenceDueAt: null,
  ...changes,
});

describe('a dispute', () => {
  it('is open until it is won or lost, and then stays so', () => {
    expect(nextDisputeStates).toEqual({ open: ['won', 'lost'], won: [], lost: [] });
  });

  it('ends with sums that agree, whatever is said of it and in whatever order', () => {
    const message = fc.record({
      status: fc.constantFrom('open' as const, 'won' as const, 'lost' as const),
      funds: fc.constantFrom(null, 'held' as const, 'withdrawn' as const, 'reinstated' as const),
    });
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 12 }), (messages) => {
        let paid = payment({ status: 'succeeded' });
        let known: Dispute | null = null;
        const moved: DisputeMovement[] = [];
        for (const one of messages) {
          const outcome = applyDispute(paid, known, heard(one), 'd', now);
          if (outcome === 'nothing-new' || 'contradiction' in outcome) continue;
          if (known && known.status !== 'open') expect(outcome.dispute.status).toBe(known.status);
          paid = outcome.payment;
          known = outcome.dispute;
          moved.push(...outcome.movements);
        }
        if (!known) return;
        expect(new Set(moved).size).toBe(moved.length); // each step of the money once
        expect(paid.amountDisputed).toBe(known.status === 'won' ? 0 : 100);
        expect(moved.includes('dispute_withdrawn')).toBe(known.funds !== 'held');
        expect(moved.includes('dispute_reinstated')).toBe(known.funds === 'reinstated');
        expect(moved.includes('dispute_lost')).toBe(known.status === 'lost');
        if (known.status === 'lost') expect(known.funds).toBe('withdrawn');
      }),
    );
  });

  it('over other money is a contradiction', () => {
    const paid = payment({ status: 'succeeded' });
    expect(applyDispute(paid, null, heard({ currency: 'EUR' }), 'd', now)).toHaveProperty('contradiction');
    const first = applyDispute(paid, null, heard(), 'd', now) as { dispute: Dispute };
    expect(applyDispute(paid, first.dispute, heard({ amount: 99 }), 'd', now)).toHaveProperty('contradiction');
  });
});
