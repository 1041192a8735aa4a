import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError } from '#kernel/errors.js';
import { bookForeignRefund, requestRefund, settleRefund } from '#modules/payments/domain/refund.js';

import { now, payment } from './payment-fixtures.js';

describe('refunds', () => {
  const paid = payment({ status: 'succeeded', amountCaptured: 100 });

  it('never exceed what was captured, those under way included', () => {
    for (const wrong of [0, -5, 101])
      expect(() => requestRefund(paid, 'r', wrong, null, 'provider', now)).toThrow('left to refund');
    const first = requestRefund(paid, 'r1', 60, null, 'provider', now);
    expect(first.refund).toMatchObject({ status: 'pending', amount: 60 });
    expect(() => requestRefund(first.payment, 'r2', 60, null, 'provider', now)).toThrow('0.40 USD is left');
    expect(requestRefund(first.payment, 'r2', undefined, null, 'provider', now).refund.amount).toBe(40);
    expect(bookForeignRefund(first.payment, 'r3', 're_1', 41, now)).toBeNull();
  });

  it('that fail are no longer being refunded', () => {
    const { payment: refunding, refund } = requestRefund(paid, 'r1', 60, null, 'provider', now);
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
                const change = requestRefund(current, 'r', amount, null, 'provider', now);
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
