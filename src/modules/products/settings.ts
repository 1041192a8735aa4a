import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class ProductSettings {
  /** Where `POST /products/import` finds a catalog: the external balance service has one. Null: nowhere. */
  abstract readonly catalogUrl: string | null;
  /** Sent to it as a bearer token; null: it asks for none. */
  abstract readonly catalogToken: string | null;
}

export function readProductSettings(reader: SettingsReader): ProductSettings {
  return {
    catalogUrl: reader.serviceUrl('BALANCE_SERVICE_URL'),
    catalogToken: reader.secrets('BALANCE_SERVICE_TOKEN', '', 16, false)[0] ?? null,
  };
}
