import { describe, expect, it } from '@jest/globals';
import { currencies } from '#kernel/currencies.js';
import { currencyCode, decimalsOf, moneyText } from '#kernel/money.js';
import { ourAmount, stripeAmount } from '#modules/payments/infrastructure/stripe/stripe-objects.js';

describe('currencies', () => {
  it('are those of ISO 4217, with its decimals', () => {
    expect(currencies.size).toBeGreaterThan(160);
    for (const code of currencies.keys()) expect(code).toMatch(/^[A-Z]{3}$/);
    for (const [code, decimals] of [
      ['USD', 2],
      ['JPY', 0],
      ['KWD', 3],
      ['CLF', 4],
      // Where CLDR says 0, because the coins are no longer in use.
      ...[
        'AFN',
        'ALL',
        'HUF',
        'IDR',
        'IRR',
        'KPW',
        'LAK',
        'LBP',
        'MGA',
        'MMK',
        'PKR',
        'RSD',
        'SOS',
        'SYP',
        'YER',
        'COP',
      ].map((name) => [name, 2] as const),
      ['IQD', 3],
      ['ISK', 0],
      ['UGX', 0],
    ] as const)
      expect([code, decimalsOf(code)]).toEqual([code, decimals]);
    for (const none of ['XAU', 'XDR', 'XTS', 'XXX', 'ZZZ', 'DEM', 'US', 'usdd']) expect(currencyCode(none)).toBeNull();
    expect(moneyText({ amount: 4200, currency: 'USD' })).toBe('42.00 USD');
    expect(moneyText({ amount: 5, currency: 'KWD' })).toBe('0.005 KWD');
    expect(moneyText({ amount: 500, currency: 'JPY' })).toBe('500 JPY');
  });

  it.each([
    ['USD', 2999, 2999],
    ['JPY', 500, 500],
    ['HUF', 50_000, 50_000],
    ['MGA', 500_000, 5_000],
    ['ISK', 500, 50_000],
    ['UGX', 500, 50_000],
    ['KWD', 5_120, 5_120],
    ['BHD', 1_230, 1_230],
  ])('%s: ours %d is %d at Stripe, and back', (currency, ours, theirs) => {
    expect(stripeAmount(ours, currency)).toBe(theirs);
    expect(ourAmount(theirs, currency)).toBe(ours);
  });

  it.each([
    ['MGA', 500_050],
    ['KWD', 5_123],
    ['OMR', 1],
  ])('%s: %d cannot be taken by Stripe', (currency, amount) => {
    expect(() => stripeAmount(amount, currency)).toThrow('does not accept this fraction');
  });
});
