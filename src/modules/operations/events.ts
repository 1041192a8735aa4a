import { count, nullable, object, text, uuid } from '#kernel/schema.js';
import { eventsOf, eventType, type PayloadsOf } from '#ports/events.js';

const letter = object({
  deadLetterId: uuid,
  subscriber: text,
  attempts: count,
  lastError: text,
  eventId: uuid,
  eventType: text,
  reason: nullable(text),
});
const example = {
  deadLetterId: '01939d00-0000-7000-8000-000000000902',
  subscriber: 'payments.refund-at-provider',
  attempts: 260,
  lastError: 'The payment provider cannot be reached at the moment.',
  eventId: '01939d00-0000-7000-8000-000000000901',
  eventType: 'payment.refund_requested',
  reason: null,
};

export const operationsEvents = {
  'dead_letter.retried': eventType({
    version: 1,
    isPublic: false,
    description: 'A dead letter was put back into the queue.',
    payload: letter,
    example,
  }),
  'dead_letter.discarded': eventType({
    version: 1,
    isPublic: false,
    description: 'An operator discarded a dead letter; `reason` says why.',
    payload: letter,
    example: { ...example, reason: 'settled by hand' },
  }),
};

export type OperationsEvents = PayloadsOf<typeof operationsEvents>;
export const operationsEvent = eventsOf(operationsEvents);
