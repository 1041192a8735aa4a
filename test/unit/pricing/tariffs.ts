import { Tariff } from '#modules/pricing/domain/quote.js';
import type { QuotedItem, QuoteRequest } from '#modules/pricing/domain/quote-types.js';
import {
  EMPTY_TARIFF,
  type CurrencySettings,
  type Promotion,
  type ShippingMethod,
  type TariffBody,
  type TaxRate,
} from '#modules/pricing/domain/tariff.js';

export const NOW = new Date('2026-11-01T12:00:00Z');

let made = 0;
const nextId = () => `01939d00-0000-7000-8000-${String(++made).padStart(12, '0')}`;

export const currencies = (settings: Partial<CurrencySettings> = {}): Record<string, CurrencySettings> => {
  const one: CurrencySettings = { pricesIncludeTax: false, rounding: 'line', crossBorder: 'keep-gross', ...settings };
  return { EUR: one, USD: one, JPY: one, KWD: one };
};

export const rate = (country: string, ratePpm: number, more: Partial<TaxRate> = {}): TaxRate => ({
  id: nextId(),
  country,
  region: null,
  taxClass: 'standard',
  name: 'VAT',
  ratePpm,
  validFrom: '2020-01-01T00:00:00.000Z',
  validTo: null,
  ...more,
});

export const method = (
  code: string,
  prices: ShippingMethod['prices'],
  more: Partial<ShippingMethod> = {},
): ShippingMethod => ({
  code,
  name: code,
  taxClass: 'standard',
  prices,
  areas: '*',
  ...more,
});

export const promotion = (more: Partial<Promotion> = {}): Promotion => ({
  id: nextId(),
  name: 'promotion',
  kind: 'percentage',
  valuePpm: 100_000,
  amounts: {},
  buyX: null,
  getY: null,
  maxTimes: null,
  target: 'order',
  productIds: [],
  categoryIds: [],
  conditions: {},
  startsAt: '2020-01-01T00:00:00.000Z',
  endsAt: null,
  priority: 0,
  combines: [],
  needsCode: false,
  maxUses: null,
  maxUsesPerCustomer: null,
  ...more,
});

export interface TariffDraft extends Partial<Omit<TariffBody, 'settings'>> {
  readonly settings?: Partial<TariffBody['settings']>;
}

export const tariff = ({ settings, ...more }: TariffDraft = {}): Tariff =>
  new Tariff(1, {
    ...EMPTY_TARIFF,
    ...more,
    settings: {
      ...EMPTY_TARIFF.settings,
      home: { country: 'DE', region: null },
      currencies: currencies(),
      ...settings,
    },
  });

export const item = (unitPrice: number, quantity = 1, more: Partial<QuotedItem> = {}): QuotedItem => ({
  productId: nextId(),
  quantity,
  unitPrice,
  taxClass: 'standard',
  weightG: 0,
  requiresShipping: true,
  categoryIds: [],
  ...more,
});

export const request = (items: readonly QuotedItem[], more: Partial<QuoteRequest> = {}): QuoteRequest => ({
  currency: 'EUR',
  items,
  address: { country: 'DE' },
  shippingMethod: null,
  customerId: null,
  isFirstOrder: false,
  taxExempt: null,
  ...more,
});
