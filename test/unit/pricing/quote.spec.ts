import { describe, expect, it } from '@jest/globals';
import { currencies, item, method, NOW, promotion, rate, request, tariff } from './tariffs.js';
import { Tariff } from '#modules/pricing/domain/quote.js';
import { EMPTY_TARIFF } from '#modules/pricing/domain/tariff.js';

const included = currencies({ pricesIncludeTax: true });

describe('tax', () => {
  it('of two lines of one unit is rounded twice, of one line of two once, and once for all if the shop wants that', () => {
    const taxRates = [rate('DE', 210_000)];
    const two = request([item(1_070), item(1_070)]);
    const one = request([item(1_070, 2)]);
    const byLine = tariff({ taxRates });
    expect(byLine.quote(two, [], NOW)).toMatchObject({ tax: 450, total: 2_590, lines: [{ tax: 225 }, { tax: 225 }] });
    expect(byLine.quote(one, [], NOW)).toMatchObject({ tax: 449, total: 2_589 });
    const byTotal = tariff({ taxRates, settings: { currencies: currencies({ rounding: 'total' }) } });
    expect(byTotal.quote(two, [], NOW)).toMatchObject({ tax: 449, total: 2_589, lines: [{ tax: 225 }, { tax: 224 }] });
    expect(byTotal.quote(one, [], NOW)).toMatchObject({ tax: 449, total: 2_589 });
  });

  it('keeps what the buyer pays across a border, or what the shop gets', () => {
    const abroad = request([item(10_000)], { address: { country: 'at' } });
    const austria = tariff({ taxRates: [rate('AT', 200_000)], settings: { currencies: included } });
    expect(austria.quote(abroad, [], NOW)).toMatchObject({ total: 10_000, tax: 1_667, taxIncluded: true });
    const taxRates = [rate('DE', 210_000), rate('AT', 190_000)];
    const gross = tariff({ taxRates, settings: { currencies: included } });
    expect(gross.quote(abroad, [], NOW)).toMatchObject({ total: 10_000, tax: 1_597 });
    const net = tariff({
      taxRates,
      settings: { currencies: currencies({ pricesIncludeTax: true, crossBorder: 'keep-net' }) },
    });
    expect(net.quote(abroad, [], NOW)).toMatchObject({ total: 9_835, lines: [{ unitPrice: 9_835 }] });
    expect(net.quote(request([item(10_000)]), [], NOW)).toMatchObject({ total: 10_000 });
  });

  it('leads where it is included: the tax is what is rounded', () => {
    const four = tariff({ taxRates: [rate('DE', 40_000)], settings: { currencies: included } });
    expect(four.quote(request([item(299)]), [], NOW)).toMatchObject({ tax: 12, total: 299 });
  });

  it('knows nothing of decimals', () => {
    const ten = tariff({ taxRates: [rate('JP', 100_000)] });
    const yen = request([item(1_127)], { currency: 'JPY', address: { country: 'JP' } });
    expect(ten.quote(yen, [], NOW)).toMatchObject({ tax: 113, total: 1_240 });
    const five = tariff({ taxRates: [rate('KW', 50_000)], promotions: [promotion({ valuePpm: 150_000 })] });
    const dinar = request([item(1_250)], { currency: 'KWD', address: { country: 'KW' } });
    expect(five.quote(dinar, [], NOW)).toMatchObject({ discount: 188, tax: 53, total: 1_115 });
  });

  it('of several rates is rounded once, and its components add up', () => {
    const taxRates = [
      rate('US', 40_000, { region: 'NY', name: 'State' }),
      rate('US', 45_000, { region: 'NY', name: 'City' }),
      rate('US', 3_750, { region: 'NY', name: 'MCTD' }),
      rate('US', 72_500, { region: 'CA' }),
    ];
    const newYork = request([item(10_000)], { currency: 'USD', address: { country: 'US', state: 'ny' } });
    const quote = tariff({ taxRates }).quote(newYork, [], NOW);
    expect(quote).toMatchObject({ tax: 888, lines: [{ ratePpm: 88_750 }] });
    expect(quote.taxLines.map(({ name, amount, net }) => [name, amount, net])).toEqual([
      ['State', 400, 10_000],
      ['City', 450, 10_000],
      ['MCTD', 38, 10_000],
    ]);
    const nowhere = tariff({ taxRates }).quote({ ...newYork, address: { country: 'US' } }, [], NOW);
    expect(nowhere.problems).toMatchObject([{ code: 'address-incomplete', pointer: '#/shippingAddress/state' }]);
  });

  it('of 180 at 17.5 % is 32, which floating-point numbers get wrong', () => {
    expect(tariff({ taxRates: [rate('DE', 175_000)] }).quote(request([item(180)]), [], NOW)).toMatchObject({ tax: 32 });
  });

  it('changes at midnight by itself', () => {
    const midnight = '2027-01-01T00:00:00.000Z';
    const taxRates = [rate('DE', 190_000, { validTo: midnight }), rate('DE', 160_000, { validFrom: midnight })];
    const at = (time: string) => tariff({ taxRates }).quote(request([item(10_000)]), [], new Date(time)).tax;
    expect([at('2026-12-31T23:59:59.999Z'), at(midnight)]).toEqual([1_900, 1_600]);
  });

  it('says why there is none', () => {
    const here = tariff({ taxRates: [rate('DE', 190_000)] });
    const iceland = here.quote(request([item(1_000)], { address: { country: 'IS' } }), [], NOW);
    expect(iceland).toMatchObject({
      tax: 0,
      problems: [],
      taxLines: [{ country: 'IS', ratePpm: 0, amount: 0, reason: 'no-rate' }],
    });
    const exempt = here.quote(request([item(1_000)], { taxExempt: { reason: 'reverse-charge' } }), [], NOW);
    expect(exempt).toMatchObject({ tax: 0, taxLines: [{ reason: 'reverse-charge' }] });
    const strict = tariff({ taxRates: [rate('DE', 190_000)], settings: { unknownDestination: 'refuse' } });
    expect(strict.quote(request([item(1_000)], { address: { country: 'IS' } }), [], NOW).problems).toMatchObject([
      { code: 'destination-not-served' },
    ]);
  });

  it('is that of the home of the shop while no address is known, and for what is not sent', () => {
    const both = tariff({ taxRates: [rate('DE', 190_000), rate('AT', 200_000)] });
    expect(both.quote(request([item(1_000)], { address: null }), [], NOW)).toMatchObject({
      tax: 190,
      taxEstimated: true,
      problems: [{ code: 'address-incomplete', pointer: '#/shippingAddress/country' }],
    });
    const mixed = request([item(1_000), item(1_000, 1, { requiresShipping: false })], { address: { country: 'AT' } });
    expect(both.quote(mixed, [], NOW).lines.map(({ tax }) => tax)).toEqual([200, 190]);
  });
});

describe('shipping', () => {
  const standard = method('standard', [
    { currency: 'EUR', price: 490 },
    { currency: 'EUR', price: 0, minGoods: 10_000 },
    { currency: 'EUR', price: 990, minWeightG: 5_001 },
  ]);
  const express = method('express', [{ currency: 'EUR', price: 1_290 }], {
    areas: [{ country: 'DE', zipPrefixes: ['10', '12'] }],
  });
  const taxRates = [rate('DE', 190_000), rate('DE', 70_000, { taxClass: 'reduced' })];

  it('is priced by goods after discounts, whenever the code was given', () => {
    const quarter = promotion({ valuePpm: 250_000, needsCode: true });
    const goods = request([item(12_499)], { shippingMethod: 'standard' });
    const free = tariff({ shippingMethods: [standard], promotions: [quarter] });
    expect(free.quote(goods, [], NOW)).toMatchObject({ shipping: 0, total: 12_499 });
    expect(free.quote(goods, [{ code: 'Q', promotionId: quarter.id }], NOW)).toMatchObject({
      discount: 3_125,
      shipping: 490,
      total: 9_864,
    });
  });

  it('must be chosen from what is offered there, and is never another one silently', () => {
    const both = tariff({ shippingMethods: [standard, express] });
    const berlin = { country: 'DE', zipCode: '10115' };
    const open = both.quote(request([item(1_000)], { address: berlin }), [], NOW);
    expect(open.problems).toMatchObject([
      { code: 'shipping-method-required', options: [{ code: 'standard', price: 490 }, { code: 'express' }] },
    ]);
    const munich = both.quote(
      request([item(1_000)], { address: { country: 'DE', zipCode: '80331' }, shippingMethod: 'express' }),
      [],
      NOW,
    );
    expect(munich).toMatchObject({
      shipping: 0,
      shippingLine: null,
      problems: [{ code: 'shipping-method-not-available', options: [{ code: 'standard' }] }],
    });
    expect(both.quote(request([item(1_000)], { shippingMethod: 'standard' }), [], NOW).problems).toMatchObject([
      { code: 'address-incomplete', pointer: '#/shippingAddress/zipCode' },
    ]);
    const heavy = request([item(1_000, 2, { weightG: 2_600 })], { address: berlin, shippingMethod: 'standard' });
    expect(both.quote(heavy, [], NOW)).toMatchObject({ shipping: 490, problems: [] });
    const digital = request([item(1_000, 1, { requiresShipping: false })], { address: null });
    expect(both.quote(digital, [], NOW)).toMatchObject({ total: 1_000, problems: [], taxEstimated: false });
  });

  it('is taxed at a rate of its own, or in proportion to the goods', () => {
    const goods = request([item(3_000), item(1_000, 1, { taxClass: 'reduced' })], { shippingMethod: 'standard' });
    const shippingMethods = [standard];
    const byClass = tariff({ taxRates, shippingMethods, settings: { currencies: included } });
    expect(byClass.quote(goods, [], NOW)).toMatchObject({ total: 4_490, shippingLine: { tax: 78, ratePpm: 190_000 } });
    const proportional = tariff({
      taxRates,
      shippingMethods,
      settings: { currencies: included, shippingTax: 'proportional' },
    });
    const quote = proportional.quote(goods, [], NOW);
    expect(quote).toMatchObject({ total: 4_490, shippingLine: { tax: 67, ratePpm: null } });
    expect(quote.taxLines.reduce((sum, { amount }) => sum + amount, 0)).toBe(quote.tax);
  });

  it('says how far it is to free shipping', () => {
    expect(tariff({ shippingMethods: [standard] }).quote(request([item(9_680)]), [], NOW).hints).toEqual([
      { shippingMethod: 'standard', freeFrom: 10_000, missing: 320 },
    ]);
  });
});

describe('a quote', () => {
  it('of the empty tariff is the catalog price and nothing else', () => {
    expect(new Tariff(0, EMPTY_TARIFF).quote(request([item(100, 3)], { address: null }), [], NOW)).toEqual({
      tariffVersion: 0,
      currency: 'EUR',
      lines: [{ unitPrice: 100, total: 300, discount: 0, tax: 0, ratePpm: 0 }],
      subtotal: 300,
      discount: 0,
      shipping: 0,
      tax: 0,
      taxIncluded: false,
      total: 300,
      taxLines: [],
      discounts: [],
      shippingLine: null,
      shippingOptions: [],
      hints: [],
      problems: [],
      taxEstimated: true,
    });
  });

  it('refuses what no order may cost', () => {
    const dear = tariff({ taxRates: [rate('DE', 210_000)] }).quote(request([item(999_999_999_999)]), [], NOW);
    expect(dear.problems).toMatchObject([{ code: 'order-too-large' }]);
  });
});
