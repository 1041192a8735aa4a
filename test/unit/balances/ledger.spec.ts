import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { move, postings, type CustomerMovementKind, type MovementKind } from '#modules/balances/domain/ledger.js';
import { DomainError } from '#kernel/errors.js';

const now = new Date('2026-01-01T00:00:00Z');
const account = {
  id: '01939d00-0000-7000-8000-000000000001',
  customerId: 'ada',
  currency: 'USD',
  available: 100,
  blocked: 50,
};
const at = (kind: CustomerMovementKind, amount: number, from = account) =>
  move(from, { id: 'm', kind, reference: 'r', amount }, now);

describe('the ledger', () => {
  it.each([
    ['deposit', 130, 50],
    ['withdrawal', 70, 50],
    ['block', 70, 80],
    ['release', 130, 20],
    ['capture', 100, 20],
    ['refund', 130, 50],
  ] as const)('%s of 30 leaves %i available and %i blocked, and tells', (kind, available, blocked) => {
    const { account: after, movement, event } = at(kind, 30);
    expect(after).toMatchObject({ available, blocked });
    expect(movement).toMatchObject({ availableAfter: available, blockedAfter: blocked, amount: 30 });
    expect(event).toMatchObject({
      subject: { type: 'balance', id: account.id },
      data: { available, blocked, total: available + blocked, amount: 30 },
    });
  });

  it('refuses what is not there, and what would not stay exact', () => {
    for (const kind of ['withdrawal', 'block'] as const) expect(() => at(kind, 101)).toThrow('100 USD is available');
    for (const kind of ['release', 'capture'] as const) expect(() => at(kind, 51)).toThrow('less blocked');
    expect(() => at('deposit', Number.MAX_SAFE_INTEGER - 100)).toThrow(DomainError);
  });

  it('moves every amount from one side to another', () => {
    for (const kind of Object.keys(postings) as MovementKind[]) expect(postings[kind][0]).not.toBe(postings[kind][1]);
  });

  it('never lets anything become negative, and loses nothing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            kind: fc.constantFrom('deposit', 'withdrawal', 'block', 'release', 'capture', 'refund'),
            amount: fc.integer({ min: 1, max: 200 }),
          }),
        ),
        (steps) => {
          let current = { ...account, available: 0, blocked: 0 };
          let outside = 0; // what the shop's own accounts hold, with the opposite sign
          for (const { kind, amount } of steps as { kind: CustomerMovementKind; amount: number }[]) {
            try {
              current = at(kind, amount, current).account;
              for (const side of postings[kind])
                if (!['available', 'blocked'].includes(side)) outside += side === postings[kind][0] ? -amount : amount;
            } catch {
              // refused
            }
            expect(current.available >= 0 && current.blocked >= 0).toBe(true);
            expect(current.available + current.blocked + outside).toBe(0);
          }
        },
      ),
    );
  });
});
