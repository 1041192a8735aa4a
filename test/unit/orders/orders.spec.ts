import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#kernel/errors.js';
import { cancel, complete, nextStates, notePayment, type Order } from '#modules/orders/domain/order.js';

const now = new Date('2026-01-01T00:00:00Z');

const order = (changes: Partial<Order> = {}): Order => ({
  id: '01939d00-0000-7000-8000-000000000001',
  orderNumber: 'N',
  customerId: null,
  status: 'pending',
  paymentStatus: 'unpaid',
  paymentMethod: 'card',
  currency: 'USD',
  subtotal: 100,
  discount: 0,
  tax: 0,
  taxIncluded: false,
  shipping: 0,
  total: 100,
  amountPaid: 0,
  amountRefunded: 0,
  items: [],
  tariffVersion: 0,
  pricing: null,
  email: null,
  shippingAddress: null,
  billingAddress: null,
  metadata: {},
  cancelReason: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
  completedAt: null,
  canceledAt: null,
  expiresAt: null,
  ...changes,
});

describe('the order', () => {
  it('goes from pending to completed or canceled and stays there', () => {
    expect(nextStates).toEqual({ pending: ['completed', 'canceled'], completed: [], canceled: [] });
  });

  it.each(['pending', 'completed', 'canceled'] as const)(
    'that is %s moves exactly as the table says, and tells',
    (status) => {
      const paid = order({ status, paymentStatus: 'paid' });
      for (const [to, act] of [
        ['canceled', () => cancel(paid, null, now)],
        ['completed', () => complete(paid, now)],
      ] as const) {
        if (nextStates[status].includes(to)) {
          const change = act();
          expect(change.order).toMatchObject({ status: to, version: 2 });
          expect(change.events.map((event) => event.type)).toEqual([`order.${to}`]);
        } else {
          expect(act).toThrow(DomainError);
        }
      }
    },
  );

  it.each([
    ['card', 'unpaid', false],
    ['card', 'processing', false],
    ['card', 'failed', false],
    ['card', 'canceled', false],
    ['card', 'refunded', false],
    ['card', 'requires_action', false],
    ['card', 'partially_paid', false],
    ['card', 'disputed', false],
    // What a card has only authorized is captured first.
    ['card', 'authorized', false],
    ['balance', 'authorized', true],
    ['card', 'paid', true],
    ['manual', 'unpaid', true],
  ] as const)('paid by %s and %s: may be completed is %s', (paymentMethod, paymentStatus, allowed) => {
    const act = () => complete(order({ paymentMethod, paymentStatus }), now);
    if (allowed) expect(act().order.status).toBe('completed');
    else expect(act).toThrow('payment is');
  });

  it('is completed by its money, when the shop wants that and it is still pending', () => {
    expect(notePayment(order(), 'paid', null, true, now)?.order).toMatchObject({
      status: 'completed',
      paymentStatus: 'paid',
      version: 2,
    });
    expect(notePayment(order(), 'paid', null, false, now)?.order).toMatchObject({
      status: 'pending',
      paymentStatus: 'paid',
      version: 2,
    });
    expect(notePayment(order({ status: 'canceled' }), 'paid', null, true, now)?.order).toMatchObject({
      status: 'canceled',
      paymentStatus: 'paid',
    });
    expect(notePayment(order({ paymentStatus: 'failed' }), 'failed', null, true, now)).toBeNull();
    const part = { amountPaid: 1, amountRefunded: 0 };
    expect(notePayment(order(), 'partially_paid', part, true, now)?.order).toMatchObject({
      status: 'pending',
      ...part,
    });
    expect(
      notePayment(order({ paymentStatus: 'paid' }), null, { amountPaid: 100, amountRefunded: 40 }, true, now)?.order,
    ).toMatchObject({
      status: 'pending',
      paymentStatus: 'paid',
      amountRefunded: 40,
    });
  });
});
