import type { SettingsReader } from '#platform/settings/settings-reader.js';

/** Secrets of the embedded demo. Published, therefore refused in production. */
export const DEMO_STRIPE_WEBHOOK_SECRET = 'whsec_dev_stripe_webhook_secret';
export const DEMO_PAYMENT_WEBHOOK_SECRET = 'dev_payment_webhook_secret';
/** whsec_ and then base64, as Standard Webhooks has it. */
export const DEMO_WEBHOOK_SIGNING_SECRET = 'whsec_ZGV2X3dlYmhvb2tfc2lnbmluZ19zZWNyZXQ=';
/** What the built-in simulator is called with; it accepts any key. */
export const SIMULATOR_SECRET_KEY = 'sk_test_simulator';
const MIN_SECRET_LENGTH = 16;

export abstract class PaymentSettings {
  /** Who takes the money: Stripe, or the simulator, which takes none. */
  abstract readonly payments: 'stripe' | 'simulator';
  abstract readonly stripeSecretKey: string | null;
  abstract readonly stripeWebhookSecrets: readonly string[];
  abstract readonly stripeApiBase: string | null;
  abstract readonly simulatorDelayMs: number;
  abstract readonly simulatorSeed: string;
  /** Sign the messages of processors other than Stripe; none in production: no such message is believed. */
  abstract readonly paymentWebhookSecrets: readonly string[];
  /** Sign what is posted to the webhookUrl of a payment, several while they rotate; none in production: there is no webhookUrl. */
  abstract readonly webhookSigningSecrets: readonly string[];
  /** Seconds between scheduled reconciliations with the payment provider; 0 for none. */
  abstract readonly reconciliationInterval: number;
}

export function readPaymentSettings(reader: SettingsReader): PaymentSettings {
  const stripeSecretKey = reader.text('STRIPE_SECRET_KEY');
  const role = reader.text('ROLE') ?? 'all';
  if (role !== 'all' && stripeSecretKey === null && reader.text('STRIPE_API_BASE') === null) {
    reader.complain(
      'ROLE',
      'needs STRIPE_SECRET_KEY or STRIPE_API_BASE: the built-in simulator belongs to one process with ROLE=all',
    );
  }
  const secrets = (name: string, fallback: string, isNeeded: boolean) =>
    reader.secrets(name, fallback, MIN_SECRET_LENGTH, isNeeded);
  return {
    payments: paymentsBy(reader, stripeSecretKey !== null),
    stripeSecretKey,
    stripeWebhookSecrets: secrets('STRIPE_WEBHOOK_SECRET', DEMO_STRIPE_WEBHOOK_SECRET, true),
    stripeApiBase: reader.serviceUrl('STRIPE_API_BASE'),
    simulatorDelayMs: reader.integer('SIMULATOR_DELAY_MS', 5000, 0, 3_600_000),
    simulatorSeed: reader.text('SIMULATOR_SEED') ?? '1',
    paymentWebhookSecrets: secrets('PAYMENT_WEBHOOK_SECRET', DEMO_PAYMENT_WEBHOOK_SECRET, false),
    webhookSigningSecrets: signingSecrets(reader),
    reconciliationInterval: reader.integer('RECONCILIATION_INTERVAL', 900, 0, 86_400),
  };
}

/** Standard Webhooks: base64 after whsec_. What is no base64 would sign with an empty or a short key. */
function signingSecrets(reader: SettingsReader): string[] {
  const secrets = reader.secrets('WEBHOOK_SIGNING_SECRET', DEMO_WEBHOOK_SIGNING_SECRET, MIN_SECRET_LENGTH, false);
  const isKey = (secret: string) => {
    if (!secret.startsWith('whsec_')) return true;
    const encoded = secret.slice('whsec_'.length);
    return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) && Buffer.from(encoded, 'base64').length >= MIN_SECRET_LENGTH;
  };
  if (!secrets.every(isKey))
    reader.complainWithoutValue(
      'WEBHOOK_SIGNING_SECRET',
      `must be whsec_ and the base64 of at least ${MIN_SECRET_LENGTH} bytes, or any other text`,
    );
  return secrets;
}

function paymentsBy(reader: SettingsReader, hasKey: boolean): PaymentSettings['payments'] {
  const payments = reader.choice('PAYMENTS', hasKey ? 'stripe' : 'simulator', ['stripe', 'simulator'] as const);
  if (payments === 'stripe' && !hasKey) reader.complain('PAYMENTS', 'needs STRIPE_SECRET_KEY');
  if (payments === 'simulator' && hasKey)
    reader.complain('PAYMENTS', 'must not be simulator while STRIPE_SECRET_KEY is set: no money would be taken');
  if (reader.isProduction && !hasKey && reader.text('PAYMENTS') === null)
    reader.complainWithoutValue(
      'STRIPE_SECRET_KEY',
      'must be set in production; PAYMENTS=simulator says that orders shall be paid with simulated money',
    );
  return payments;
}
