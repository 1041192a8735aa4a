import { describe, expect, it } from '@jest/globals';
import { item, method, NOW, promotion, rate, request, tariff } from './tariffs.js';

describe('promotions', () => {
  const codeOf = (promotionId: string, code = 'CODE') => [{ code, promotionId }];

  it('of a fixed amount are split over the lines to the cent', () => {
    const ten = promotion({ kind: 'fixed', amounts: { EUR: 1_000 } });
    const quote = tariff({ promotions: [ten] }).quote(request([item(5_000), item(5_000), item(5_000)]), [], NOW);
    expect(quote.lines.map(({ discount }) => discount)).toEqual([334, 333, 333]);
  });

  it('never take more than the goods, and leave shipping and its tax', () => {
    const much = promotion({ kind: 'fixed', amounts: { EUR: 50_000 }, needsCode: true });
    const shop = tariff({
      promotions: [much],
      taxRates: [rate('DE', 190_000)],
      shippingMethods: [method('standard', [{ currency: 'EUR', price: 490 }])],
    });
    expect(shop.quote(request([item(10_000)], { shippingMethod: 'standard' }), codeOf(much.id), NOW)).toMatchObject({
      discount: 10_000,
      shipping: 490,
      tax: 93,
      total: 583,
    });
  });

  it('may leave nothing to pay', () => {
    const all = promotion({ valuePpm: 1_000_000, needsCode: true });
    const quote = tariff({ promotions: [all], taxRates: [rate('DE', 150_000)] }).quote(
      request([item(1_150), item(1_150)]),
      codeOf(all.id),
      NOW,
    );
    expect(quote).toMatchObject({ total: 0, tax: 0, discount: 2_300, problems: [] });
  });

  it('give units away, the cheapest', () => {
    const goods = request([item(300, 6)]);
    const threeForTwo = { kind: 'buy-x-get-y' as const, valuePpm: null, buyX: 2, getY: 1 };
    expect(tariff({ promotions: [promotion(threeForTwo)] }).quote(goods, [], NOW).discount).toBe(600);
    expect(tariff({ promotions: [promotion({ ...threeForTwo, maxTimes: 1 })] }).quote(goods, [], NOW).discount).toBe(
      300,
    );
    const mixed = request([item(500, 2), item(100, 1)]);
    expect(
      tariff({ promotions: [promotion(threeForTwo)] })
        .quote(mixed, [], NOW)
        .lines.map(({ discount }) => discount),
    ).toEqual([0, 100]);
  });

  it('lower a price, and never raise one', () => {
    const goods = request([item(1_000, 2), item(300)]);
    const fixed = promotion({
      kind: 'fixed-price',
      valuePpm: null,
      amounts: { EUR: 800 },
      target: 'products',
      productIds: goods.items.map(({ productId }) => productId!),
    });
    expect(
      tariff({ promotions: [fixed] })
        .quote(goods, [], NOW)
        .lines.map(({ discount }) => discount),
    ).toEqual([400, 0]);
  });

  it('take the whole price of shipping', () => {
    const free = promotion({ kind: 'free-shipping', valuePpm: null, target: 'shipping' });
    const shop = tariff({
      promotions: [free],
      shippingMethods: [method('standard', [{ currency: 'EUR', price: 490 }])],
    });
    expect(shop.quote(request([item(1_000)], { shippingMethod: 'standard' }), [], NOW)).toMatchObject({
      shipping: 0,
      total: 1_000,
      discount: 0,
      shippingLine: { price: 490, discount: 490 },
      discounts: [{ class: 'shipping', amount: 490, lines: [0] }],
    });
  });

  it('that exclude each other: the better one, in whatever order their codes were given', () => {
    const [four, five] = [
      promotion({ kind: 'fixed', amounts: { EUR: 400 }, needsCode: true }),
      promotion({ kind: 'fixed', amounts: { EUR: 500 }, needsCode: true }),
    ];
    const shop = tariff({ promotions: [four, five] });
    const given = [...codeOf(four.id, 'FOUR'), ...codeOf(five.id, 'FIVE')];
    for (const codes of [given, [...given].reverse()]) {
      const quote = shop.quote(request([item(10_000)]), codes, NOW);
      expect(quote.discount).toBe(500);
      expect(quote.problems).toMatchObject([
        {
          code: 'coupon-not-applicable',
          reason: 'not-combinable',
          pointer: `#/couponCodes/${codes.findIndex(({ code }) => code === 'FOUR')}`,
        },
      ]);
    }
  });

  it('that name each other’s class stand together, and classes follow one another', () => {
    const combines = ['order'] as const;
    const [ten, five] = [
      promotion({ combines, priority: 1 }),
      promotion({ kind: 'fixed', amounts: { EUR: 500 }, combines }),
    ];
    const line = promotion({ target: 'products', productIds: [] });
    const goods = request([item(10_000)]);
    const shop = tariff({ promotions: [five, ten, { ...line, productIds: [goods.items[0]!.productId!] }] });
    // 10 % of the line, then 10 % of the rest, then 5.00.
    expect(shop.quote(goods, [], NOW).discounts.map(({ amount }) => amount)).toEqual([1_000, 900, 500]);
  });

  it('say what is missing', () => {
    const [big, many, first, own] = [
      promotion({ needsCode: true, conditions: { minGoods: { EUR: 5_000 } } }),
      promotion({ needsCode: true, conditions: { minQuantity: 3 } }),
      promotion({ needsCode: true, conditions: { firstOrder: true } }),
      promotion({ needsCode: true, conditions: { customerIds: ['ada'] } }),
    ];
    const shop = tariff({ promotions: [big, many, first, own] });
    const why = (promotionId: string | null, more = {}) =>
      shop.quote(request([item(4_680)], more), [{ code: 'C', promotionId }], NOW).problems;
    expect(why(big.id)).toMatchObject([{ reason: 'conditions-not-met', minGoods: 5_000, missing: 320 }]);
    expect(why(many.id)).toMatchObject([{ reason: 'conditions-not-met', minQuantity: 3, missingQuantity: 2 }]);
    expect(why(first.id)).toMatchObject([{ reason: 'customer-required' }]);
    expect(why(first.id, { customerId: 'ada' })).toMatchObject([{ reason: 'conditions-not-met' }]);
    expect(why(first.id, { customerId: 'ada', isFirstOrder: true })).toEqual([]);
    expect(why(own.id, { customerId: 'bob' })).toMatchObject([{ reason: 'conditions-not-met' }]);
    expect(why(null)).toMatchObject([{ reason: 'invalid' }]);
    const waiting = tariff({ promotions: [promotion({ conditions: { minGoods: { EUR: 5_000 } } })] });
    expect(waiting.quote(request([item(4_680)]), [], NOW).hints).toMatchObject([
      { needs: { minGoods: 5_000, missing: 320 } },
    ]);
  });
});
