import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class OperationsSettings {
  /** Seconds between rounds of housekeeping; 0 for none. */
  abstract readonly housekeepingInterval: number;
}

export function readOperationsSettings(reader: SettingsReader): OperationsSettings {
  return { housekeepingInterval: reader.integer('HOUSEKEEPING_INTERVAL', 300, 0, 86_400) };
}
