import { describe, expect, it } from '@jest/globals';
import { readSettings } from '#app/settings.js';
import type { BadSettings } from '#platform/settings/settings.js';

const careful = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://a:b@db.internal/x',
  JWT_SECRET: 'k7Jd0QpZ3sV9xW2mB5nC8rT1yU4iO6aLhGfEdS0zXcVb',
  STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef0123',
  STRIPE_SECRET_KEY: 'sk_live_x',
};

function complaintsOf(more: Record<string, string>): string {
  try {
    readSettings({ ...careful, ...more });
    return '';
  } catch (error) {
    return (error as BadSettings).complaints.join('\n');
  }
}

describe('careless settings', () => {
  it.each([
    ['a signing secret that is no base64', { WEBHOOK_SIGNING_SECRET: 'whsec_!!!!!!!!!!!!!!!!!!!!' }],
    ['a signing secret of few bytes', { WEBHOOK_SIGNING_SECRET: 'whsec_c2hvcnQgb25l' }],
    ['a secret from a manual', { JWT_SECRET: 'change-me-change-me-change-me-12' }],
    ['a secret of one character', { JWT_SECRET: 'a'.repeat(32) }],
    ['one secret for two purposes', { DATA_KEY: careful.JWT_SECRET }],
    ['a short key for stored data', { DATA_KEY: 'k7Jd0QpZ3sV9xW2m' }],
    ['Stripe without TLS', { STRIPE_API_BASE: 'http://stripe.proxy.example' }],
    ['the balance service without TLS', { BALANCE_SERVICE_URL: 'http://balance.example' }],
    ['a short token of the balance service', { BALANCE_SERVICE_TOKEN: 'short' }],
    ['forwarded addresses of every sender', { TRUST_PROXY: 'true' }],
    ['an owner that is the program', { DATABASE_OWNER_URL: 'postgres://a:c@db.internal/x' }],
    ['every origin', { CORS_ORIGINS: '*' }],
    ['no limit for strangers', { ANONYMOUS_LIMIT: '0' }],
  ])('are refused in production: %s', (_, more) => {
    expect(complaintsOf(more)).toContain(Object.keys(more)[0]!);
    expect(complaintsOf(more)).not.toContain(careful.JWT_SECRET);
  });

  it('are no others', () => {
    const given = {
      STRIPE_API_BASE: 'http://127.0.0.1:12111',
      TRUST_PROXY: '2',
      DATA_KEY: 'Zp1mT9xLc5bYw2nRd8fvQ3k7Jh4s6Ue0aKq8',
    };
    expect(complaintsOf(given)).toBe('');
  });
});
