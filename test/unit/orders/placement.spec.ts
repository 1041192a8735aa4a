import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemCause } from '#ports/events.js';
import { BatchFunds } from '#modules/orders/domain/batch-funds.js';
import { BatchStock } from '#modules/orders/domain/batch-stock.js';
import { Tariff } from '#modules/pricing/domain/quote.js';
import type { GivenCode } from '#modules/pricing/domain/quote-types.js';
import { EMPTY_TARIFF } from '#modules/pricing/domain/tariff.js';
import { DomainError } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { orderNumberOf, place, type PlacementRequest, type OpenOrders } from '#modules/orders/domain/placement.js';

const now = new Date('2026-01-01T00:00:00Z');
const productIds = ['a', 'b', 'c'];

const line = fc.record({
  productId: fc.constantFrom(...productIds, 'unknown'),
  quantity: fc.integer({ min: 1, max: 12 }),
});
const request = (items: readonly { productId: string; quantity: number }[]): PlacementRequest => {
  const orderId = newId();
  return {
    orderId,
    orderNumber: orderNumberOf(orderId),
    customerId: null,
    items,
    paymentMethod: 'card',
    shippingAddress: null,
    billingAddress: null,
    email: null,
    shippingMethod: null,
    couponCodes: [],
    expectedTotal: null,
    metadata: {},
    expiresAfterMs: 1000,
    isCapped: false,
  };
};

const uncapped = () => ({
  tariff: new Tariff(0, EMPTY_TARIFF),
  codes: new Map<string, GivenCode>(),
  openOrders: new Map<string, OpenOrders>(),
  openOrdersOfCustomer: { orders: 2, units: 1_000_000 },
});

describe('placing a batch', () => {
  it('never takes more than there is, takes exactly what the placed orders have, and refuses only for a reason', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 }),
        (baskets, stocks) => {
          const stock = new BatchStock(
            productIds.map((id, i) => ({
              id,
              sku: null,
              name: id,
              price: 10 + i,
              currency: 'USD',
              active: true,
              taxClass: 'standard',
              weightG: 0,
              requiresShipping: true,
            })),
            productIds.map((productId, i) => ({ productId, stock: stocks[i]! })),
          );
          const taken = new Map(productIds.map((id) => [id, 0]));
          for (const items of baskets) {
            const before = new Map(productIds.map((id) => [id, stock.available(id)]));
            const outcome = place(
              request(items),
              { stock, funds: new BatchFunds([]), takenNumbers: new Set(), ...uncapped() },
              systemCause('test'),
              now,
            );
            const wanted = new Map<string, number>();
            for (const { productId, quantity } of items) wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
            const possible = [...wanted].every(([id, quantity]) => quantity <= (before.get(id) ?? -1));
            expect(outcome instanceof DomainError).toBe(!possible);
            if (outcome instanceof DomainError) {
              expect(productIds.map((id) => stock.available(id))).toEqual([...before.values()]);
              continue;
            }
            expect(outcome.total).toBe(outcome.items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0));
            expect(new Map(outcome.items.map((item) => [item.productId, item.quantity]))).toEqual(wanted);
            for (const { productId, quantity } of outcome.items) taken.set(productId, taken.get(productId)! + quantity);
          }
          for (const [i, id] of productIds.entries()) {
            expect(taken.get(id)).toBeLessThanOrEqual(stocks[i]!);
            expect(stock.takenUnits().find((units) => units.productId === id)?.quantity ?? 0).toBe(taken.get(id));
          }
        },
      ),
    );
  });

  it('does not place an order whose cost is not an exact amount any more', () => {
    const stock = new BatchStock(
      [
        {
          id: 'a',
          sku: null,
          name: 'a',
          price: 999_999_999_999,
          currency: 'USD',
          active: true,
          taxClass: 'standard',
          weightG: 0,
          requiresShipping: true,
        },
      ],
      [{ productId: 'a', stock: 100 }],
    );
    expect(
      place(
        request([{ productId: 'a', quantity: 2 }]),
        { stock, funds: new BatchFunds([]), takenNumbers: new Set(), ...uncapped() },
        systemCause('test'),
        now,
      ),
    ).toMatchObject({
      code: 'order-too-large',
    });
  });

  it('makes order numbers that ascend with time and do not repeat', () => {
    const ids = Array.from({ length: 5000 }, newId);
    expect([...ids].sort()).toEqual(ids);
    const numbers = ids.map(orderNumberOf);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(
      orderNumberOf('01939d00-0000-7000-8000-000000000001') < orderNumberOf('01939d01-0000-7000-8000-000000000001'),
    ).toBe(true);
  });

  it('pays from funds that remember what the orders before have held, and takes nothing for what it cannot pay', () => {
    const stock = new BatchStock(
      [
        {
          id: 'a',
          sku: null,
          name: 'a',
          price: 60,
          currency: 'USD',
          active: true,
          taxClass: 'standard',
          weightG: 0,
          requiresShipping: true,
        },
      ],
      [{ productId: 'a', stock: 10 }],
    );
    const funds = new BatchFunds([{ id: 'w', customerId: 'ada', currency: 'USD', available: 100, blocked: 0 }]);
    const fromBalance = () => ({
      ...request([{ productId: 'a', quantity: 1 }]),
      customerId: 'ada',
      paymentMethod: 'balance' as const,
    });
    expect(
      place(fromBalance(), { stock, funds, takenNumbers: new Set(), ...uncapped() }, systemCause('test'), now),
    ).toMatchObject({
      paymentStatus: 'authorized',
      total: 60,
    });
    expect(
      place(fromBalance(), { stock, funds, takenNumbers: new Set(), ...uncapped() }, systemCause('test'), now),
    ).toMatchObject({
      code: 'insufficient-funds',
      members: { requested: 60, available: 40 },
    });
    expect(stock.available('a')).toBe(9);
    expect(funds.holds).toHaveLength(1);
    const elsewhere = new BatchFunds([], false);
    expect(
      place(
        fromBalance(),
        { stock, funds: elsewhere, takenNumbers: new Set(), ...uncapped() },
        systemCause('test'),
        now,
      ),
    ).toMatchObject({
      paymentStatus: 'processing',
    });
  });

  it('counts the unpaid orders of a customer within the batch too, and only where the customer is capped', () => {
    const stock = new BatchStock(
      [
        {
          id: 'a',
          sku: null,
          name: 'a',
          price: 10,
          currency: 'USD',
          active: true,
          taxClass: 'standard',
          weightG: 0,
          requiresShipping: true,
        },
      ],
      [{ productId: 'a', stock: 100 }],
    );
    const batch = { stock, funds: new BatchFunds([]), takenNumbers: new Set<string>(), ...uncapped() };
    batch.openOrders.set('ada', { orders: 1, units: 1 });
    const order = (customerId: string, isCapped: boolean) =>
      place({ ...request([{ productId: 'a', quantity: 1 }]), customerId, isCapped }, batch, systemCause('test'), now);
    expect(order('ada', true)).toMatchObject({ customerId: 'ada' });
    expect(order('ada', true)).toMatchObject({ problem: { code: 'too-many-open-orders' } });
    expect(order('ada', false)).toMatchObject({ customerId: 'ada' });
    expect(order('bob', true)).toMatchObject({ customerId: 'bob' });
    expect(stock.available('a')).toBe(97);
  });
});
