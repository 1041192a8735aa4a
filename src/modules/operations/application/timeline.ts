import type { JsonObject } from '#kernel/json.js';

export const timelineKinds = ['event', 'movement', 'notice', 'delivery'] as const;

/** Something that happened to an order. */
export interface TimelineEntry {
  readonly at: Date;
  /** event: in the log; movement: of money in the ledger; notice: of a payment provider; delivery: an attempt to tell a merchant. */
  readonly kind: (typeof timelineKinds)[number];
  readonly type: string;
  readonly id: string;
  readonly requestId: string | null;
  readonly causedBy: string | null;
  /** As in Cause. */
  readonly actor: string | null;
  readonly detail: JsonObject;
}

export abstract class Timelines {
  /** Oldest first, one more than the limit when there is more; null when there is no such order. */
  abstract ofOrder(orderId: string, limit: number): Promise<TimelineEntry[] | null>;
}
