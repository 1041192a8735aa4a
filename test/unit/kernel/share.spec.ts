import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scale, split, taken } from '#kernel/share.js';

const amount = fc.oneof(fc.nat({ max: 1_000_000 }), fc.nat({ max: 999_999_999_999 }));
const million = 1_000_000;
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe('scale', () => {
  it('is what exact arithmetic says, rounded half up', () => {
    fc.assert(
      fc.property(amount, fc.nat({ max: 2 * million }), fc.integer({ min: 1, max: 2 * million }), (a, n, d) => {
        const exact = (2n * BigInt(a) * BigInt(n) + BigInt(d)) / (2n * BigInt(d));
        if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(() => scale(a, n, d)).toThrow(RangeError);
        else expect(scale(a, n, d)).toBe(Number(exact));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [180, 175_000, million, 32], // 31.499999999999996 in floating-point numbers
    [299, 40_000, 1_040_000, 12],
    [1_127, 100_000, million, 113],
    [10_000, 88_750, million, 888],
    [999_999_999_999, million, million, 999_999_999_999],
    [0, 190_000, million, 0],
  ])('of %i by %i / %i is %i', (a, n, d, result) => {
    expect(scale(a, n, d)).toBe(result);
  });

  it.each([
    [-1, 1, 1],
    [1.5, 1, 1],
    [1, -1, 1],
    [1, 1, 0],
    [2 ** 53, 1, 1],
    [NaN, 1, 1],
  ])('refuses %d by %d / %d', (a, n, d) => {
    expect(() => scale(a, n, d)).toThrow(RangeError);
  });
});

describe('split', () => {
  it('adds up to the amount, each share within a unit of its part and, of what the weights hold, not above its weight', () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { minLength: 1, maxLength: 12 }), (a, weights) => {
        const total = sumOf(weights);
        fc.pre(total > 0);
        const shares = split(a, weights);
        expect(sumOf(shares)).toBe(a);
        shares.forEach((share, i) => {
          const floor = Number((BigInt(a) * BigInt(weights[i]!)) / BigInt(total));
          expect(share === floor || share === floor + 1).toBe(true);
          if (a <= total) expect(share).toBeLessThanOrEqual(weights[i]!);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not depend on the order of different weights', () => {
    fc.assert(
      fc.property(
        amount,
        fc.uniqueArray(fc.integer({ min: 1, max: million }), { minLength: 1, maxLength: 8 }),
        (a, weights) => {
          const shareOf = (order: readonly number[]) => new Map(split(a, order).map((share, i) => [order[i]!, share]));
          const [there, back] = [shareOf(weights), shareOf([...weights].reverse())];
          for (const weight of weights) expect(there.get(weight)).toBe(back.get(weight));
        },
      ),
    );
  });

  it('gives what is left to the largest remainders, then the larger weights, then the first', () => {
    expect(split(1_000, [5_000, 5_000, 5_000])).toEqual([334, 333, 333]);
    expect(split(10, [1, 1, 1])).toEqual([4, 3, 3]);
    expect(split(490, [3_000, 1_000])).toEqual([368, 122]);
    expect(split(888, [40_000, 45_000, 3_750])).toEqual([400, 450, 38]);
    expect(split(0, [0, 0])).toEqual([0, 0]);
    expect(split(5, [0, 5])).toEqual([0, 5]);
  });

  it('refuses an amount that nothing can carry', () => {
    expect(() => split(1, [0, 0])).toThrow(RangeError);
    expect(() => split(1, [])).toThrow(RangeError);
    expect(() => split(1, [-1, 2])).toThrow(RangeError);
  });
});

describe('taken', () => {
  it('adds up to the total, whatever the parts', () => {
    fc.assert(
      fc.property(
        amount,
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 20 }),
        (total, parts) => {
          const units = sumOf(parts);
          let from = 0;
          const shares = parts.map((count) => {
            const share = taken(total, units, from, count);
            from += count;
            return share;
          });
          expect(sumOf(shares)).toBe(total);
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('gives ten single units of 179.25 their cents', () => {
    const shares = Array.from({ length: 10 }, (_, i) => taken(17_925, 10, i, 1));
    expect(shares.slice(0, 3)).toEqual([1_792, 1_793, 1_792]);
    expect(sumOf(shares)).toBe(17_925);
  });

  it('refuses more than there are', () => {
    expect(() => taken(100, 3, 2, 2)).toThrow(RangeError);
    expect(() => taken(100, 0, 0, 0)).toThrow(RangeError);
  });
});
