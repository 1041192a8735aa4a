import { balanceTimeline } from '#modules/balances/timeline.js';
import { inboxTimeline } from '#modules/inbox/timeline.js';
import { paymentTimeline } from '#modules/payments/timeline.js';
import { webhookTimeline } from '#modules/webhooks/timeline.js';
import type { TimelinePart } from '#ports/timelines.js';

/** What modules add to the timeline of an order. */
export const timelineParts: readonly TimelinePart[] = [
  paymentTimeline,
  balanceTimeline,
  inboxTimeline,
  webhookTimeline,
];
