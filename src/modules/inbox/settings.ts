import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class InboxSettings {
  /** How far the time of a signature may be from now. */
  abstract readonly webhookToleranceSeconds: number;
}

export function readInboxSettings(reader: SettingsReader): InboxSettings {
  return { webhookToleranceSeconds: reader.integer('WEBHOOK_TOLERANCE_SECONDS', 300, 1, 86_400) };
}
