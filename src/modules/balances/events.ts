import { amount, anyOf, currency, flag, nullable, object, oneOf, text, uuid, type Schema } from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const movement = {
  movementId: uuid,
  customerId: text,
  currency,
  amount,
  available: amount,
  blocked: amount,
  total: amount,
  orderId: nullable(uuid),
  paymentId: nullable(uuid),
};
const orderId = '01939d00-0000-7000-8000-000000000101';

const hold = {
  holdId: uuid,
  orderId: uuid,
  customerId: text,
  currency,
  amount,
  state: oneOf('requested', 'blocked', 'capturing', 'captured', 'releasing', 'released'),
};

/**
 * A movement of a balance kept here (`available`, `blocked` and `total` are after the movement), or a step of a hold at the
 * external balance service.
 */
function moved(description: string, available: number, blocked: number, order: string | null) {
  return eventType({
    version: 1,
    isPublic: true,
    description,
    payload: anyOf(object(movement), object(hold)),
    example: {
      movementId: '01939d00-0000-7000-8000-000000000601',
      customerId: 'customer-42',
      currency: 'USD',
      amount: 2500,
      available,
      blocked,
      total: available + blocked,
      orderId: order,
      paymentId: null,
    },
  });
}

const holdExample = {
  holdId: '01939d00-0000-7000-8000-000000000602',
  orderId,
  customerId: 'customer-42',
  currency: 'USD',
  amount: 2500,
} as const;

/** A step of a hold at the external balance service. */
function step<Payload>(description: string, payload: Schema<Payload>, example: Payload) {
  return eventType({ version: 1, isPublic: false, description, payload, example });
}

export const balanceEvents = {
  'balance.deposited': moved('Money was paid in.', 12_500, 0, null),
  'balance.withdrawn': moved('Money was paid out.', 7_500, 0, null),
  'balance.blocked': moved('Money in a balance was blocked for an order.', 7_500, 2_500, orderId),
  'balance.captured': moved('Money blocked for an order was captured.', 7_500, 0, orderId),
  'balance.released': moved('Money blocked for an order was released.', 10_000, 0, orderId),
  'balance.refunded': moved('Money paid from a balance was refunded to it.', 10_000, 0, orderId),
  'balance.block_requested': step('The external service is to block money for an order.', object(hold), {
    ...holdExample,
    state: 'requested',
  }),
  'balance.block_refused': step('The external service refused to block the money.', object(hold), {
    ...holdExample,
    state: 'releasing',
  }),
  'balance.capture_requested': step('The external service is to capture the money it has blocked.', object(hold), {
    ...holdExample,
    state: 'capturing',
  }),
  'balance.release_requested': step(
    'The external service is to release any money it has blocked.',
    object({ ...hold, wasBlocked: flag, isUncertain: flag }),
    { ...holdExample, state: 'releasing', wasBlocked: true, isUncertain: false },
  ),
  'balance.hold_settled': step('The external service has blocked or captured the money.', object(hold), {
    ...holdExample,
    state: 'captured',
  }),
};

export type BalanceEvents = PayloadsOf<typeof balanceEvents>;
export const balanceEvent = eventsOf(balanceEvents);
