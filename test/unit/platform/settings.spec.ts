import { describe, expect, it } from '@jest/globals';
import { readSettings } from '#app/settings.js';
import { BadSettings } from '#platform/settings/settings.js';

/** As `openssl rand -base64 48` makes them. */
const secrets = [
  'whsec_vQ3k7Zp1mT9xLc5bYw2nRd8f',
  'whsec_Jh4s6Ue0aKq8gVt3oXz1iPl7',
  'n8Wf3Rk6Ty1Qm9Zx4Vb7Lc2Hs5Jd0Gp8Ua3Ei6Ow',
  'Zp1mT9xLc5bYw2nRd8fvQ3k7Jh4s6Ue0aKq8gVt3o',
];

function complaintsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    return (error as BadSettings).complaints;
  }
}

describe('settings', () => {
  it('have working defaults', () => {
    expect(readSettings({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      role: 'all',
      databaseUrl: null,
      simulatorDelayMs: 5000,
      outboxPollMs: 250,
      orderPaymentTtl: 1800,
      demoData: true,
      stripeWebhookSecrets: ['whsec_dev_stripe_webhook_secret'],
    });
    expect(
      readSettings({
        NODE_ENV: 'production',
        DATABASE_URL: 'postgres://x/y',
        STRIPE_SECRET_KEY: 'sk_live_x',
        STRIPE_WEBHOOK_SECRET: secrets.slice(0, 2).join(','),
        JWT_SECRET: secrets[2],
      }),
    ).toMatchObject({
      demoData: false,
      corsOrigins: [],
      stripeWebhookSecrets: secrets.slice(0, 2),
      payments: 'stripe',
      isDemo: false,
      docs: false,
    });
  });
  it('are refused together, by name', () => {
    let refused: unknown;
    try {
      readSettings({
        DATABASE_URL: 'postgres://x/y',
        PORT: 'x',
        ROLE: 'boss',
        ORDER_AUTO_COMPLETE: 'maybe',
        CORS_ORIGINS: 'shop',
        STRIPE_SECRET_KEY: 'sk',
      });
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(BadSettings);
    const names = (refused as BadSettings).complaints.map((complaint) => complaint.split(/[=:]/)[0]);
    expect(new Set(names)).toEqual(
      new Set(['PORT', 'ROLE', 'ORDER_AUTO_COMPLETE', 'CORS_ORIGINS', 'STRIPE_WEBHOOK_SECRET', 'JWT_SECRET']),
    );
  });

  const own = { STRIPE_WEBHOOK_SECRET: secrets[0]!, JWT_SECRET: secrets[2]! };

  it.each([
    ['on an external database', { DATABASE_URL: 'postgres://x/y' }],
    ['on an address that others reach', { HOST: '0.0.0.0' }],
    ['with a key of Stripe', { STRIPE_SECRET_KEY: 'sk_live_x' }],
    ['in production', { NODE_ENV: 'production', PAYMENTS: 'simulator' }],
    ['in a test on an address that others reach', { NODE_ENV: 'test', DATABASE_URL: 'postgres://x/y', HOST: '::' }],
  ])('are no demo %s: nothing published works', (_, env) => {
    expect(complaintsOf(env).map((complaint) => complaint.split(':')[0])).toEqual(
      expect.arrayContaining(['JWT_SECRET', 'STRIPE_WEBHOOK_SECRET']),
    );
    expect(readSettings({ ...env, ...own })).toMatchObject({ isDemo: false, demoData: false, corsOrigins: [] });
    const careless = { CORS_ORIGINS: '*', WEBHOOK_ALLOW_PRIVATE: 'true' };
    expect(complaintsOf({ ...env, ...own, ...careless }).map((complaint) => complaint.split(/[:=]/)[0])).toEqual([
      'CORS_ORIGINS',
      'WEBHOOK_ALLOW_PRIVATE',
    ]);
  });

  it.each([
    ['a published default', { ...own, JWT_SECRET: 'dev_jwt_secret_for_the_embedded_demo_only' }, 'published'],
    ['short', { ...own, JWT_SECRET: 'n8Wf3Rk6Ty' }, 'at least 32'],
    ['uniform', { ...own, JWT_SECRET: 'ab'.repeat(40) }, 'different characters'],
    ['used twice', { STRIPE_WEBHOOK_SECRET: secrets[2]!, JWT_SECRET: secrets[2]! }, 'the same as'],
    ['no key behind its prefix', { ...own, WEBHOOK_SIGNING_SECRET: 'whsec_' }, 'at least'],
    ['a short token for metrics', { ...own, METRICS_TOKEN: 'abc' }, 'at least 16'],
  ])('refuse a secret that is %s', (_, env, reason) => {
    expect(complaintsOf({ DATABASE_URL: 'postgres://x/y', ...env })).toEqual(
      expect.arrayContaining([expect.stringContaining(reason)]),
    );
  });

  it('sell for simulated money in production only when they say so', () => {
    const production = { ...own, NODE_ENV: 'production', DATABASE_URL: 'postgres://x/y' };
    expect(complaintsOf(production)).toEqual([expect.stringContaining('PAYMENTS=simulator')]);
    expect(readSettings({ ...production, PAYMENTS: 'simulator' }).payments).toBe('simulator');
    expect(complaintsOf({ ...production, PAYMENTS: 'stripe' })).toEqual([
      expect.stringContaining('needs STRIPE_SECRET_KEY'),
    ]);
    expect(complaintsOf({ ...production, PAYMENTS: 'simulator', STRIPE_SECRET_KEY: 'sk_live_x' })).toEqual([
      expect.stringContaining('must not be simulator'),
    ]);
  });

  it.each(['12/34', '12?34', '12#34', '1@2/3', '100%zz'])(
    'refuse a URL with the bare password %s, unseen',
    (password) => {
      const complaints = complaintsOf({ NODE_ENV: 'test', DATABASE_URL: `postgres://user:${password}@localhost/shop` });
      expect(complaints).toEqual([expect.stringMatching(/^DATABASE_URL: must have the special characters/)]);
      expect(complaints.join()).not.toMatch(/12|100|zz|user:/);
    },
  );

  it('take a URL whose password is encoded', () => {
    const databaseUrl = `postgres://user:${encodeURIComponent('1@2/3?4#5%')}@localhost/shop?sslmode=disable`;
    expect(readSettings({ NODE_ENV: 'test', DATABASE_URL: databaseUrl }).databaseUrl).toBe(databaseUrl);
  });
});
