import type { SettingsReader } from '#platform/settings/settings-reader.js';

/** Secrets of the embedded demo. Published, therefore refused in production. */
export const DEMO_STRIPE_WEBHOOK_SECRET = 'whsec_dev_stripe_webhook_secret';
export const DEMO_PAYMENT_WEBHOOK_SECRET = 'dev_payment_webhook_secret';
/** whsec_ and then base64, as Standard Webhooks has it. */
export const DEMO_WEBHOOK_SIGNING_SECRET = 'whsec_ZGV2X3dlYmhvb2tfc2lnbmluZ19zZWNyZXQ=';
/** What the built-in simulator is called with; it accepts any key. */
export const SIMULATOR_SECRET_KEY = 'sk_test_simulator';
const MIN_SECRET_LENGTH = 16;

/** A processor that we do not call ourselves, and how it signs what it tells us. */
export interface Processor {
  /** In the address POST /webhooks/payments/{name}; payments of it are kept under it. */
  readonly name: string;
  readonly secrets: readonly string[];
  /** In lower case. */
  readonly header: string;
  /** `timestamped`: t=<unix>,v1=<hex> over `t={t}.{body}`. `hex`: the bare hex HMAC of the body. */
  readonly format: 'timestamped' | 'hex';
}

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
  /** Beside the one that is named `default` and signs with paymentWebhookSecrets. */
  abstract readonly processors: readonly Processor[];
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
    processors: processors(reader),
    webhookSigningSecrets: signingSecrets(reader),
    reconciliationInterval: reader.integer('RECONCILIATION_INTERVAL', 900, 0, 86_400),
  };
}

/** Names that payments have already, or that the address without a name stands for. */
const takenNames = new Set(['default', 'stripe', 'balance', 'external']);

/** PROCESSORS: a JSON object of name to { secrets: [...], header?, format? }. */
function processors(reader: SettingsReader): Processor[] {
  const given = reader.json('PROCESSORS');
  if (given === null) return [];
  const complain = (what: string) => reader.complainWithoutValue('PROCESSORS', what);
  if (typeof given !== 'object' || Array.isArray(given)) {
    complain(
      'must be a JSON object such as {"acme": {"secrets": ["..."], "header": "x-acme-signature", "format": "hex"}}',
    );
    return [];
  }
  return Object.entries(given).flatMap(([name, value]) => {
    const of = (value ?? {}) as { readonly [member: string]: unknown };
    const { secrets, header = 'x-signature', format = 'timestamped', ...unknown } = of;
    if (!/^[a-z][a-z0-9_-]{0,39}$/.test(name) || takenNames.has(name))
      complain(
        `${JSON.stringify(name)} is no name: lower-case letters, digits, - and _, and not ${[...takenNames].join(', ')}`,
      );
    else if (
      !Array.isArray(secrets) ||
      secrets.length === 0 ||
      !secrets.every((secret) => typeof secret === 'string' && secret !== '')
    )
      complain(`${name}.secrets must be a list of at least one text`);
    else if (typeof header !== 'string' || !/^[A-Za-z0-9-]{1,100}$/.test(header))
      complain(`${name}.header must be the name of a header`);
    else if (format !== 'timestamped' && format !== 'hex') complain(`${name}.format must be timestamped or hex`);
    else if (Object.keys(unknown).length > 0)
      complain(`${name} has unknown members: ${Object.keys(unknown).join(', ')}`);
    else {
      for (const secret of secrets as string[]) reader.isSecret(`PROCESSORS (${name})`, secret, MIN_SECRET_LENGTH);
      return [{ name, secrets: secrets as string[], header: header.toLowerCase(), format }];
    }
    return [];
  });
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
