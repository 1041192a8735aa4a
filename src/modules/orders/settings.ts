import type { SettingsReader } from '#platform/settings/settings-reader.js';

export abstract class OrderSettings {
  abstract readonly orderAutoComplete: boolean;
  /** Seconds an unpaid order is kept; 0 keeps it for ever. */
  abstract readonly orderPaymentTtl: number;
}

export function readOrderSettings(reader: SettingsReader): OrderSettings {
  return {
    orderAutoComplete: reader.flag('ORDER_AUTO_COMPLETE', true),
    orderPaymentTtl: reader.integer('ORDER_PAYMENT_TTL', 1800, 0, 31_536_000),
  };
}
