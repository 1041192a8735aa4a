import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class BalanceSettings {
  /** An external service that keeps customers' money; null: this shop keeps it. */
  abstract readonly balanceServiceUrl: string | null;
  /** Milliseconds before the first of three retries; the others wait twice and four times as long. */
  abstract readonly balanceServiceRetryMs: number;
}

export function readBalanceSettings(reader: SettingsReader): BalanceSettings {
  return {
    balanceServiceUrl: reader.url('BALANCE_SERVICE_URL', ['http:', 'https:']),
    balanceServiceRetryMs: reader.integer('BALANCE_SERVICE_RETRY_MS', 2000, 1, 60_000),
  };
}
