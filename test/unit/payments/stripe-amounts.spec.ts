import { describe, expect, it } from '@jest/globals';
import { ourAmount, stripeAmount, providerStateOf } from '#modules/payments/infrastructure/stripe/stripe-objects.js';

describe('amounts at Stripe', () => {
  it('currencies whose smallest unit is another at Stripe are converted, both ways', () => {
    expect([
      stripeAmount(500, 'ISK'),
      stripeAmount(500, 'UGX'),
      stripeAmount(500, 'JPY'),
      stripeAmount(500, 'USD'),
    ]).toEqual([50_000, 50_000, 500, 500]);
    expect([ourAmount(50_000, 'isk'), ourAmount(500, 'usd')]).toEqual([500, 500]);
    const intent = {
      id: 'pi_1',
      amount: 50_000,
      amount_received: 50_000,
      currency: 'isk',
      status: 'succeeded',
      metadata: {},
      latest_charge: null,
    };
    expect(providerStateOf(intent as never)).toMatchObject({ amount: 500, amountCaptured: 500, currency: 'ISK' });
  });
});
