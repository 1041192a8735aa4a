import type { SettingsReader } from '#platform/settings/settings-reader.js';
import type { PaymentMethod } from './contract.js';
import { paymentMethods } from './domain/order.js';

export abstract class OrderSettings {
  abstract readonly orderAutoComplete: boolean;
  /** Seconds an unpaid order is kept; 0 keeps it for ever. */
  abstract readonly orderPaymentTtl: number;
  /** What customers may pay with; keys and staff may use every method. */
  abstract readonly customerPaymentMethods: readonly PaymentMethod[];
  /** Unpaid orders that a customer may have at once. */
  abstract readonly customerOpenOrders: number;
  /** Units that those may hold together. */
  abstract readonly customerOpenUnits: number;
}

export function readOrderSettings(reader: SettingsReader): OrderSettings {
  return {
    orderAutoComplete: reader.flag('ORDER_AUTO_COMPLETE', true),
    orderPaymentTtl: reader.integer('ORDER_PAYMENT_TTL', 1800, 0, 31_536_000),
    customerPaymentMethods: customerPaymentMethods(reader),
    customerOpenOrders: reader.integer('CUSTOMER_OPEN_ORDERS', 10, 1, 10_000),
    customerOpenUnits: reader.integer('CUSTOMER_OPEN_UNITS', 50, 1, 1_000_000),
  };
}

function customerPaymentMethods(reader: SettingsReader): PaymentMethod[] {
  const given = reader.list('CUSTOMER_PAYMENT_METHODS', 'card,balance');
  if (!given.every((name) => (paymentMethods as readonly string[]).includes(name)))
    reader.complain('CUSTOMER_PAYMENT_METHODS', `must be some of ${paymentMethods.join(', ')}, comma separated`);
  return given as PaymentMethod[];
}
