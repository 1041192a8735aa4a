import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class WebhookSettings {
  /** Seconds before each attempt to deliver a webhook, the first included. */
  abstract readonly webhookRetrySchedule: readonly number[];
  /** Whether webhooks may go to http and to private addresses. */
  abstract readonly webhookAllowPrivate: boolean;
  /** How long settled deliveries are kept, with their attempts. */
  abstract readonly webhookRetentionDays: number;
}

export function readWebhookSettings(reader: SettingsReader): WebhookSettings {
  const webhookAllowPrivate = reader.flag(
    'WEBHOOK_ALLOW_PRIVATE',
    reader.isDemo && reader.text('DATABASE_URL') === null,
  );
  if (webhookAllowPrivate && !reader.isDemo)
    reader.complain('WEBHOOK_ALLOW_PRIVATE', 'is for the demo only: merchants could reach your own network');
  return {
    webhookRetrySchedule: reader.seconds('WEBHOOK_RETRY_SCHEDULE', '0,5,300,1800,7200,18000,36000,50400,72000,86400'),
    webhookAllowPrivate,
    webhookRetentionDays: reader.integer('WEBHOOK_RETENTION_DAYS', 30, 1, 3_650),
  };
}
