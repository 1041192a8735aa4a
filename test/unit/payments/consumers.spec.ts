import { describe, expect, it } from '@jest/globals';
import { type Clock } from '#kernel/clock.js';
import type { EventLog, NewEvent, RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { PayableOrder, PayableOrders } from '#modules/orders/contract.js';
import type { ApplyProviderState } from '#modules/payments/application/payment/apply-provider-state.js';
import type { BalancePayments } from '#modules/payments/application/payment/balance-payments.js';
import { CapturePaymentOfCompletedOrder } from '#modules/payments/application/payment/capture-payment-of-completed-order.js';
import { VoidPaymentAtProvider } from '#modules/payments/application/payment/void-at-provider.js';
import type { PaymentProvider } from '#modules/payments/application/payment-provider.js';
import type { LockedPayments } from '#modules/payments/application/locked-payments.js';
import type { Payments } from '#modules/payments/application/payments.js';
import { ProviderRefused } from '#modules/payments/domain/errors.js';
import type { Payment } from '#modules/payments/domain/payment.js';
import type { ProviderPaymentState } from '#modules/payments/domain/provider-state.js';
import type { RecordedPaymentEvent } from '#modules/payments/events.js';
import { recordedEvent } from '../platform/fakes.js';

const tx = {} as Tx;
const now = new Date('2026-01-01T00:00:00Z');
const clock: Clock = { now: () => now };
const orderId = '01939d00-0000-7000-8000-00000000000a';
const paymentId = '01939d00-0000-7000-8000-00000000000b';

const payment: Payment = {
  id: paymentId,
  orderId,
  provider: 'stripe',
  providerReference: 'pi_1',
  clientSecret: null,
  method: null,
  amount: 100,
  amountCaptured: 0,
  amountRefunded: 0,
  amountDisputed: 0,
  nextAction: null,
  currency: 'USD',
  captureMethod: 'manual',
  captureRequested: null,
  status: 'requires_capture',
  superseded: false,
  lastError: null,
  failedCharge: null,
  methodTypes: ['card'],
  risk: null,
  webhookUrl: null,
  version: 1,
  createdAt: now,
  updatedAt: now,
};

/** An event log that keeps what is appended. */
function log() {
  const appended: NewEvent[] = [];
  const events = {
    append: async (_: Tx, added: readonly NewEvent[]) => {
      appended.push(...added);
      return [];
    },
  } as unknown as EventLog;
  return { appended, events };
}

describe('the capture of the payment of a completed order, called without the relay', () => {
  const react = async (order: Partial<PayableOrder>, ofOrder: readonly Payment[]) => {
    const { appended, events } = log();
    const saved: Payment[] = [];
    const recorded: string[] = [];
    const consumer = new CapturePaymentOfCompletedOrder(
      {
        lockOfOrder: async () => ofOrder,
        save: async (_: Tx, _before: Payment, after: Payment) => void saved.push(after),
      } as unknown as Payments,
      { lock: async () => ({ id: orderId, paymentMethod: 'card', ...order }) } as unknown as PayableOrders,
      events,
      clock,
      { record: async (_: Tx, { id }: PayableOrder) => void recorded.push(id) } as unknown as BalancePayments,
      {} as LockedPayments,
    );
    await consumer.react(tx, recordedEvent({ type: 'order.completed', subject: { type: 'order', id: orderId } }));
    return { saved, recorded, appended: appended.map(({ type, data }) => [type, data['amountToCapture']]) };
  };

  it('asks for the money that is authorized', async () => {
    expect(await react({}, [payment])).toMatchObject({
      saved: [{ id: paymentId, captureRequested: 100, version: 2 }],
      appended: [['payment.capture_requested', 100]],
    });
  });

  it.each<[string, Partial<PayableOrder>, Payment[]]>([
    ['is none', {}, []],
    ['is captured', {}, [{ ...payment, status: 'succeeded', amountCaptured: 100 }]],
    ['is being captured', {}, [{ ...payment, captureRequested: 100 }]],
    ['is not wanted any more', {}, [{ ...payment, superseded: true }]],
    ['is not here yet', { paymentMethod: 'balance', paymentStatus: 'processing' }, [payment]],
  ])('changes nothing when there %s', async (_, order, ofOrder) => {
    expect(await react(order, ofOrder)).toEqual({ saved: [], recorded: [], appended: [] });
  });

  it('records what was paid from a balance', async () => {
    const order = { paymentMethod: 'balance', paymentStatus: 'paid' } as const;
    expect(await react(order, [])).toEqual({ saved: [], recorded: [orderId], appended: [] });
  });
});

describe('voiding at the provider, called without the relay', () => {
  const state: ProviderPaymentState = {
    reference: 'pi_1',
    paymentId,
    clientSecret: null,
    status: 'canceled',
    nextAction: null,
    amount: 100,
    amountCaptured: 0,
    currency: 'USD',
    error: null,
    charge: null,
    risk: null,
  };
  const event = recordedEvent({
    type: 'payment.void_requested',
    subject: { type: 'payment', id: paymentId },
    data: { orderId },
    requestId: 'r',
  }) as unknown as RecordedPaymentEvent<'payment.void_requested'> & RecordedEvent;

  const consumer = (stored: Payment | null, cancel: PaymentProvider['cancel'], kind = 'applied') => {
    const { appended, events } = log();
    const applied: unknown[] = [];
    const it = new VoidPaymentAtProvider(
      { find: async () => stored, lock: async () => stored } as unknown as Payments,
      { name: 'stripe', cancel } as unknown as PaymentProvider,
      {} as PayableOrders,
      {
        applyTo: async (_: Tx, location: unknown, answer: unknown) => {
          applied.push(location, answer);
          return { kind, detail: 'other money' };
        },
      } as unknown as ApplyProviderState,
      events,
      clock,
      {} as LockedPayments,
    );
    return { it, applied, appended };
  };

  it('asks under the id of the event, and applies the answer in the transaction it is given', async () => {
    const asked: unknown[] = [];
    const {
      it: voids,
      applied,
      appended,
    } = consumer(payment, async (...question) => {
      asked.push(...question);
      return state;
    });
    const answer = await voids.call(event, 1);
    expect(asked).toEqual(['pi_1', { idempotencyKey: event.id, requestId: 'r' }]);
    expect(applied).toEqual([]);
    await voids.record(tx, event, answer);
    expect(applied).toEqual([{ id: paymentId, orderId }, state]);
    expect(appended).toEqual([]);
  });

  it.each<[string, Payment | null]>([
    ['the provider never heard of it', { ...payment, providerReference: null }],
    ['another provider has it', { ...payment, provider: 'other' }],
    ['it is gone', null],
  ])('asks nothing and changes nothing when %s', async (_, stored) => {
    const { it: voids, applied } = consumer(stored, () => Promise.reject(new Error('it was asked')));
    const answer = await voids.call(event, 1);
    expect(answer).toBeNull();
    await voids.record(tx, event, answer);
    expect(applied).toEqual([]);
  });

  it('takes a refusal for an answer, and leaves everything else to the retries', async () => {
    const refused = consumer(payment, () =>
      Promise.reject(new ProviderRefused({ code: 'gone', message: 'It is gone.' })),
    );
    expect(await refused.it.call(event, 1)).toMatchObject({ status: 'failed', error: { code: 'gone' } });
    const down = consumer(payment, () => Promise.reject(new Error('down')));
    await expect(down.it.call(event, 1)).rejects.toThrow('down');
  });

  it('puts on record what contradicts our books', async () => {
    const { it: voids, appended } = consumer(payment, async () => state, 'needs_review');
    await voids.record(tx, event, await voids.call(event, 1));
    expect(appended.map(({ type }) => type)).toEqual(['payment.contradicted']);
  });
});
