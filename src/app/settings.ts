import { AccessSettings, readAccessSettings } from '#modules/access/settings.js';
import { BalanceSettings, readBalanceSettings } from '#modules/balances/settings.js';
import { InboxSettings, readInboxSettings } from '#modules/inbox/settings.js';
import { OperationsSettings, readOperationsSettings } from '#modules/operations/settings.js';
import { OrderSettings, readOrderSettings } from '#modules/orders/settings.js';
import { PaymentSettings, readPaymentSettings } from '#modules/payments/settings.js';
import { ProductSettings, readProductSettings } from '#modules/products/settings.js';
import { readWebhookSettings, WebhookSettings } from '#modules/webhooks/settings.js';
import { SettingsReader } from '#platform/settings/settings-reader.js';
import { BadSettings, readPlatformSettings, Settings } from '#platform/settings/settings.js';

/** The settings of the platform and of every module, in one flat object. */
export type AppSettings = Settings &
  AccessSettings &
  BalanceSettings &
  InboxSettings &
  ProductSettings &
  OrderSettings &
  PaymentSettings &
  WebhookSettings &
  OperationsSettings & {
    readonly demoData: boolean;
    /** DATA_KEY is not set: what is stored is sealed with keys derived from JWT_SECRET. */
    readonly sealsByJwtSecret: boolean;
  };

/** The tokens under which modules ask for their part of the settings. */
export const settingsTokens = [
  Settings,
  AccessSettings,
  BalanceSettings,
  InboxSettings,
  ProductSettings,
  OrderSettings,
  PaymentSettings,
  WebhookSettings,
  OperationsSettings,
];

/** With these money can move. */
export const notForDemo = ['STRIPE_SECRET_KEY'];

/** Reads everything that can be set from outside, once at start. @throws BadSettings naming every mistake at once */
export function readSettings(env: Readonly<Record<string, string | undefined>>): AppSettings {
  const reader = new SettingsReader(env, notForDemo);
  const platform = readPlatformSettings(reader);
  const access = readAccessSettings(reader);
  const sealsByJwtSecret = platform.dataKeys.length === 0;
  const settings: AppSettings = {
    ...platform,
    ...access,
    sealsByJwtSecret,
    dataKeys: sealsByJwtSecret ? access.jwtSecrets : platform.dataKeys,
    ...readBalanceSettings(reader),
    ...readInboxSettings(reader),
    ...readProductSettings(reader),
    ...readOrderSettings(reader),
    ...readPaymentSettings(reader),
    ...readWebhookSettings(reader),
    ...readOperationsSettings(reader),
    demoData: reader.isDemo && reader.flag('DEMO_DATA', platform.databaseUrl === null),
  };
  if (reader.complaints.length > 0) throw new BadSettings(reader.complaints);
  return settings;
}

/** Whether payments go to the built-in simulator instead of Stripe. */
export function usesSimulator({ payments, stripeApiBase }: PaymentSettings): boolean {
  return payments === 'simulator' && stripeApiBase === null;
}
