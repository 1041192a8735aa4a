import type { CommandBus } from '@nestjs/cqrs';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { CreatePricingRow } from '#modules/pricing/application/change-pricing.js';
import { ChangePricingSettings } from '#modules/pricing/application/change-settings.js';
import { AddCouponCode } from '#modules/pricing/application/coupon-codes.js';
import type { Draft } from '#modules/pricing/domain/rows.js';

const LONG_AGO = new Date('2020-01-01T00:00:00.000Z');

const rate = (country: string, ratePpm: number, taxClass: string, name: string): Draft<'tax-rate'> => ({
  country,
  region: null,
  taxClass,
  name,
  ratePpm,
  validFrom: LONG_AGO,
  validTo: null,
});

const taxRates: readonly (readonly [number: number, rate: Draft<'tax-rate'>])[] = [
  [701, rate('DE', 190_000, 'standard', 'Umsatzsteuer')],
  [702, rate('FR', 55_000, 'reduced', 'TVA')],
  [703, rate('DE', 70_000, 'reduced', 'Umsatzsteuer')],
  [704, rate('AT', 200_000, 'standard', 'Umsatzsteuer')],
  [705, rate('AT', 100_000, 'reduced', 'Umsatzsteuer')],
];

const method = (code: string, name: string, price: number, freeFrom: number | null): Draft<'shipping-method'> => ({
  code,
  name,
  taxClass: 'standard',
  prices: [
    { currency: 'EUR', price },
    ...(freeFrom === null ? [] : [{ currency: 'EUR', price: 0, minGoods: freeFrom }]),
  ],
  areas: ['DE', 'AT', 'FR'].map((country) => ({ country })),
  active: true,
});

const shippingMethods: readonly (readonly [number: number, method: Draft<'shipping-method'>])[] = [
  [711, method('standard', 'Standard', 490, 5_000)],
  [712, method('courier', 'Courier', 1_990, null)],
  [713, method('express', 'Express', 1_290, null)],
];

const withCode = (name: string, valuePpm: number): Draft<'promotion'> => ({
  name,
  kind: 'percentage',
  valuePpm,
  amounts: {},
  buyX: null,
  getY: null,
  maxTimes: null,
  target: 'order',
  productIds: [],
  categoryIds: [],
  conditions: {},
  startsAt: LONG_AGO,
  endsAt: null,
  priority: 0,
  combines: [],
  needsCode: true,
  active: true,
});

const promotions: readonly (readonly [number: number, promotion: Draft<'promotion'>])[] = [
  [721, withCode('Welcome', 100_000)],
  [722, withCode('Forgotten sale', 50_000)],
];

/** Prices in euros hold their tax, goods in euros are sent for a price; everything else stays as the catalog has it. */
export async function seedTariff(
  tx: Tx,
  commands: CommandBus,
  cause: Cause,
  idOf: (number: number) => string,
): Promise<void> {
  const settings = {
    home: { country: 'DE', region: null },
    currencies: { EUR: { pricesIncludeTax: true, rounding: 'line', crossBorder: 'keep-gross' } },
    shippingTax: 'class',
    unknownDestination: 'untaxed',
  } as const;
  await commands.execute(new ChangePricingSettings(tx, settings, () => true, cause));
  for (const [number, draft] of taxRates)
    await commands.execute(new CreatePricingRow(tx, 'tax-rate', draft, cause, idOf(number)));
  for (const [number, draft] of shippingMethods)
    await commands.execute(new CreatePricingRow(tx, 'shipping-method', draft, cause, idOf(number)));
  for (const [number, draft] of promotions)
    await commands.execute(new CreatePricingRow(tx, 'promotion', draft, cause, idOf(number)));
  await commands.execute(new AddCouponCode(tx, idOf(721), 'WELCOME10'));
}
