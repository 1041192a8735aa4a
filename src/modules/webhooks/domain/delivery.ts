import type { NextStep } from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** One attempt to hand a message over. */
export interface Attempt {
  readonly at: Date;
  /** The HTTP status of the answer; null when there was none. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly error: string | null;
  /** The first 4 KiB of the answer. */
  readonly answer: string | null;
}

/** An event on its way to one endpoint. */
export interface Delivery {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: DeliveryState;
  /** How many there were; the list may hold fewer, the newest. */
  readonly attemptCount: number;
  readonly attempts: readonly (Attempt & { readonly number: number })[];
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

const MAX_RETRY_AFTER_SECONDS = 86_400;

/** The message about an event: serialised once, then sent byte for byte whenever and to whomever. */
export function messageOf({ id, type, occurredAt, sequence, data }: RecordedEvent): Buffer {
  return Buffer.from(JSON.stringify({ id, type, timestamp: occurredAt.toISOString(), sequence, data }));
}

/**
 * Seconds until the next attempt, or null when the schedule is used up: what the schedule says with 20 % of jitter, or what
 * the receiver asked for with Retry-After if that is longer (and up to a tenth more, so that not all come back at once), up to a
 * day.
 * @param schedule seconds before each attempt, the first included
 * @param attempt the one that failed, 1 for the first
 * @param random from 0 to 1
 */
export function secondsUntilNext(
  schedule: readonly number[],
  attempt: number,
  retryAfterSeconds: number | null,
  random: number,
): number | null {
  const scheduled = schedule[attempt];
  if (scheduled === undefined) return null;
  const asked = Math.min((retryAfterSeconds ?? 0) * (1 + 0.1 * random), MAX_RETRY_AFTER_SECONDS);
  return Math.max(scheduled * (0.9 + 0.2 * random), asked);
}

/** How a delivery stands after an attempt. */
export function stateAfter(next: NextStep): DeliveryState {
  return next.kind === 'done' ? 'delivered' : next.kind === 'retry' ? 'pending' : 'failed';
}
