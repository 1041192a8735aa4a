import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '#kernel/json.js';
import { currencyCode, decimalsOf, sum } from '#kernel/money.js';
import { idempotencyKey } from '#platform/http/idempotent-request.js';
import { retryDelay } from '#platform/outbox/subscriptions.js';

describe('canonical JSON', () => {
  it('does not depend on the order of members, and tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shuffled = JSON.parse(JSON.stringify(value), (_, v: unknown) =>
          v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).reverse()) : v,
        ) as unknown;
        expect(canonicalJson(shuffled)).toBe(canonicalJson(JSON.parse(JSON.stringify(value))));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});

describe('money', () => {
  it('knows the currencies and their decimals', () => {
    expect([currencyCode('usd'), currencyCode('JPY'), currencyCode('XXZ'), currencyCode('')]).toEqual([
      'USD',
      'JPY',
      null,
      null,
    ]);
    expect(['USD', 'JPY', 'KWD'].map(decimalsOf)).toEqual([2, 0, 3]);
  });
  it('refuses sums that are not exact', () => {
    expect(() => sum([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError);
  });
});

describe('an Idempotency-Key', () => {
  it.each([
    ['abc', 'abc'],
    ['"abc"', 'abc'],
    [' abc ', 'abc'],
    ['"a\\"b"', 'a"b'],
    [undefined, null],
  ])('%j is %j', (header, key) => expect(idempotencyKey(header)).toBe(key));
  it.each(['', 'a b', 'ä', '""', 'x'.repeat(256)])('%j is none', (header) =>
    expect(() => idempotencyKey(header)).toThrow(),
  );
});

describe('retry delays', () => {
  it('double up to their bound, with jitter on the upper half', () => {
    const policy = { attempts: 9, firstDelaySeconds: 1, maxDelaySeconds: 60 };
    expect([1, 2, 3, 10, 99].map((attempt) => retryDelay(policy, attempt, 1))).toEqual([1, 2, 4, 60, 60]);
    expect(retryDelay(policy, 3, 0)).toBe(2);
  });
});
