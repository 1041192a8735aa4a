import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class BalanceSettings {
  /** An external service that keeps customers' money; null: this shop keeps it. */
  abstract readonly balanceServiceUrl: string | null;
  /** Sent to it as a bearer token; null: it asks for none. */
  abstract readonly balanceServiceToken: string | null;
  /** Milliseconds before the first of three retries; the others wait twice and four times as long. */
  abstract readonly balanceServiceRetryMs: number;
}

export function readBalanceSettings(reader: SettingsReader): BalanceSettings {
  return {
    balanceServiceUrl: reader.serviceUrl('BALANCE_SERVICE_URL'),
    balanceServiceToken: reader.secrets('BALANCE_SERVICE_TOKEN', '', 16, false)[0] ?? null,
    balanceServiceRetryMs: reader.integer('BALANCE_SERVICE_RETRY_MS', 2000, 1, 60_000),
  };
}
