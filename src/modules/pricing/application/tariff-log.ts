import type { Tx } from '#ports/tx.js';
import type { PricingSettings, TariffBody } from '../domain/tariff.js';

export interface PublishedTariff {
  readonly version: number;
  readonly changed: readonly string[];
  readonly note: string | null;
  /** As in Cause. */
  readonly publishedBy: string | null;
  readonly publishedAt: Date;
}

/** The numbered tariffs, of which none ever changes, and the settings that they hold. */
export abstract class TariffLog {
  /** One publication at a time; taken before any row. */
  abstract lock(tx: Tx): Promise<void>;
  /** Of the tariff in force. */
  abstract currentVersion(tx: Tx): Promise<number>;
  abstract body(version: number): Promise<TariffBody | null>;
  abstract append(tx: Tx, tariff: PublishedTariff, body: string): Promise<void>;
  /** Newest first, one more than the limit when there is more. */
  abstract list(beforeVersion: number | null, limit: number): Promise<PublishedTariff[]>;
  abstract find(version: number): Promise<PublishedTariff | null>;

  abstract settings(): Promise<{ readonly settings: PricingSettings; readonly version: number }>;
  abstract settingsIn(tx: Tx): Promise<{ readonly settings: PricingSettings; readonly version: number }>;
  abstract saveSettings(tx: Tx, settings: PricingSettings, version: number, now: Date): Promise<void>;
}
