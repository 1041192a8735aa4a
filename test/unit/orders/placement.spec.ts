import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import 'reflect-metadata';
import { validated } from '#platform/http/validation.js';
import { PlaceOrderDto, plainOrder } from '#modules/orders/api/order.dto.js';
import { noCause } from '#ports/events.js';
import { Purse } from '#modules/orders/domain/batch-funds.js';
import { DomainError } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { orderNumberOf, place, Shelf, type PlacementRequest } from '#modules/orders/domain/placement.js';

const now = new Date('2026-01-01T00:00:00Z');
const productIds = ['a', 'b', 'c'];

const line = fc.record({ productId: fc.constantFrom(...productIds, 'unknown'), quantity: fc.integer({ min: 1, max: 12 }) });
const request = (items: readonly { productId: string; quantity: number }[]): PlacementRequest => {
  const orderId = newId();
  return {
    orderId,
    orderNumber: orderNumberOf(orderId),
    customerId: null,
    items,
    paymentMethod: 'card',
    shippingAddress: null,
    metadata: {},
    expiresAfterMs: 1000,
  };
};

describe('placing a batch from a shelf', () => {
  it('never takes more than there is, takes exactly what the placed orders have, and refuses only for a reason', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 3, maxLength: 3 }),
        (baskets, stocks) => {
          const shelf = new Shelf(
            productIds.map((id, i) => ({ id, sku: null, name: id, price: 10 + i, currency: 'USD', stock: stocks[i]!, active: true })),
            new Set(),
          );
          const taken = new Map(productIds.map((id) => [id, 0]));
          for (const items of baskets) {
            const before = new Map(productIds.map((id) => [id, shelf.available(id)]));
            const outcome = place(request(items), shelf, new Purse([]), noCause, now);
            const wanted = new Map<string, number>();
            for (const { productId, quantity } of items) wanted.set(productId, (wanted.get(productId) ?? 0) + quantity);
            const possible = [...wanted].every(([id, quantity]) => quantity <= (before.get(id) ?? -1));
            expect(outcome instanceof DomainError).toBe(!possible);
            if (outcome instanceof DomainError) {
              expect(productIds.map((id) => shelf.available(id))).toEqual([...before.values()]);
              continue;
            }
            expect(outcome.total).toBe(outcome.items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0));
            expect(new Map(outcome.items.map((item) => [item.productId, item.quantity]))).toEqual(wanted);
            for (const { productId, quantity } of outcome.items) taken.set(productId, taken.get(productId)! + quantity);
          }
          for (const [i, id] of productIds.entries()) {
            expect(taken.get(id)).toBeLessThanOrEqual(stocks[i]!);
            expect(shelf.takenUnits().find((units) => units.productId === id)?.quantity ?? 0).toBe(taken.get(id));
          }
        },
      ),
    );
  });

  it('does not place an order whose cost is not an exact amount any more', () => {
    const shelf = new Shelf([{ id: 'a', sku: null, name: 'a', price: 999_999_999_999, currency: 'USD', stock: 100, active: true }], new Set());
    expect(place(request([{ productId: 'a', quantity: 2 }]), shelf, new Purse([]), noCause, now)).toMatchObject({ code: 'order-too-large' });
  });

  it('makes order numbers that ascend with time and do not repeat', () => {
    const ids = Array.from({ length: 5000 }, newId);
    expect([...ids].sort()).toEqual(ids);
    const numbers = ids.map(orderNumberOf);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(orderNumberOf('01939d00-0000-7000-8000-000000000001') < orderNumberOf('01939d01-0000-7000-8000-000000000001')).toBe(true);
  });

  it('pays from a purse that remembers what the orders before have held, and takes nothing for what it cannot pay', () => {
    const shelf = new Shelf([{ id: 'a', sku: null, name: 'a', price: 60, currency: 'USD', stock: 10, active: true }], new Set());
    const purse = new Purse([{ id: 'w', customerId: 'ada', currency: 'USD', available: 100, blocked: 0 }]);
    const fromBalance = () => ({ ...request([{ productId: 'a', quantity: 1 }]), customerId: 'ada', paymentMethod: 'balance' as const });
    expect(place(fromBalance(), shelf, purse, noCause, now)).toMatchObject({ paymentStatus: 'authorized', total: 60 });
    expect(place(fromBalance(), shelf, purse, noCause, now)).toMatchObject({ code: 'insufficient-funds', members: { requested: 60, available: 40 } });
    expect(shelf.available('a')).toBe(9);
    expect(purse.holds).toHaveLength(1);
    const elsewhere = new Purse([], false);
    expect(place(fromBalance(), shelf, elsewhere, noCause, now)).toMatchObject({ paymentStatus: 'processing' });
  });
});

describe('an order taken at a glance', () => {
  const id = fc.uuid();
  const line = fc.oneof(
    { weight: 40, arbitrary: fc.record({ productId: id, quantity: fc.integer({ min: 1, max: 10_000 }) }) },
    { weight: 2, arbitrary: fc.record({ productId: id, quantity: fc.integer({ min: -1, max: 10_001 }) }) },
    fc.record({ productId: fc.oneof(id, fc.string(), fc.constant(null)), quantity: fc.oneof(fc.double(), fc.string(), fc.constant(1)) }),
    fc.record({ productId: id, quantity: fc.constant(1), unitPrice: fc.anything() }),
    fc.anything(),
  );
  const body = fc.record(
    {
      items: fc.oneof({ weight: 20, arbitrary: fc.array(line, { maxLength: 4 }) }, fc.anything()),
      customerId: fc.oneof(
        { weight: 5, arbitrary: fc.stringMatching(/^[!-~]{1,64}$/) },
        fc.string(),
        fc.string({ minLength: 60, maxLength: 70 }),
        fc.constant(' '),
        fc.anything(),
      ),
      paymentMethod: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('card', 'balance', 'manual', 'cash') }, fc.anything()),
      metadata: fc.constant({}),
    },
    { requiredKeys: ['items'] },
  );

  it('is one that the rules take too, and take for the same', () => {
    let taken = 0;
    fc.assert(
      fc.property(body, (given) => {
        const sent = JSON.parse(JSON.stringify(given)) as object;
        const plain = plainOrder(structuredClone(sent));
        if (!plain) return;
        taken++;
        expect(JSON.stringify(plain)).toBe(JSON.stringify(validated(PlaceOrderDto, structuredClone(sent))));
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
