import { describe, expect, it } from '@jest/globals';
import { readSettings } from '#app/settings.js';
import { BadSettings } from '#platform/settings/settings.js';

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
        STRIPE_WEBHOOK_SECRET: `${'a'.repeat(32)},${'b'.repeat(32)}`,
        JWT_SECRET: 'c'.repeat(32),
      }),
    ).toMatchObject({
      demoData: false,
      corsOrigins: [],
      stripeWebhookSecrets: ['a'.repeat(32), 'b'.repeat(32)],
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
      new Set(['PORT', 'ROLE', 'ORDER_AUTO_COMPLETE', 'CORS_ORIGINS', 'STRIPE_WEBHOOK_SECRET']),
    );
  });
});
