import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class ProductSettings {
  /** Where `POST /products/import` finds a catalog: the external balance service has one. Null: nowhere. */
  abstract readonly catalogUrl: string | null;
}

export function readProductSettings(reader: SettingsReader): ProductSettings {
  return { catalogUrl: reader.url('BALANCE_SERVICE_URL', ['http:', 'https:']) };
}
