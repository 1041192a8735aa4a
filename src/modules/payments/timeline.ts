import type { TimelinePart } from '#ports/timelines.js';

export const paymentTimeline: TimelinePart = { subjects: `SELECT id FROM payments WHERE order_id = $1` };
