import { eventually, type Shop } from '../../support/shop.js';
import type { Received, Receiver } from '../../support/receiver.js';

export interface Endpoint {
  id: string;
  url: string;
  events: string[];
  status: string;
  disabledReason: string | null;
  failingSince: string | null;
  secret: string;
}

export interface Delivery {
  id: string;
  eventId: string;
  eventType: string;
  status: string;
  attemptCount: number;
  attempts: {
    number: number;
    at: string;
    status: number | null;
    durationMs: number;
    error: string | null;
    answer: string | null;
  }[];
  nextAttemptAt: string | null;
}

export const message = ({ body }: Received) =>
  JSON.parse(body) as {
    id: string;
    type: string;
    timestamp: string;
    sequence: number;
    data: Record<string, unknown>;
  };

/** What a merchant does with endpoints and sees of them: over HTTP, and at a receiver. */
export function merchantOf(shop: () => Shop, receiver: () => Receiver) {
  const register = async (events: string[] = ['*'], url = receiver().url) =>
    (await shop().post('/webhooks/endpoints', { url, events, description: 'mine' }).expect(201)).body as Endpoint;
  const now = async (id: string) => (await shop().get(`/webhooks/endpoints/${id}`).expect(200)).body as Endpoint;
  const deliveries = async (id: string, query = '') =>
    ((await shop().get(`/webhooks/endpoints/${id}/deliveries${query}`).expect(200)).body as { data: Delivery[] }).data;
  const came = (count: number) =>
    eventually(
      async () => receiver().received,
      (received) => received.length >= count,
    );
  const settled = (id: string, status: string) =>
    eventually(
      () => deliveries(id),
      ([newest]) => newest?.status === status,
    );
  const attempted = (id: string, count: number) =>
    eventually(
      () => deliveries(id),
      ([newest]) => newest?.attemptCount === count,
    );
  /** When the newest delivery is due again, in seconds from the program's now. */
  const dueIn = async () => {
    const [row] = await shop().database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM due_at - now())::float8 AS seconds FROM outbox WHERE subscriber LIKE 'webhooks.deliver/%' ORDER BY id DESC LIMIT 1`,
    );
    return row!.seconds;
  };
  /** Removes every endpoint, so that the next story starts with none. */
  const removeEndpoints = async () => {
    for (const { id } of ((await shop().get('/webhooks/endpoints?limit=100')).body as { data: Endpoint[] }).data)
      await shop().delete(`/webhooks/endpoints/${id}`);
  };
  return { register, now, deliveries, came, settled, attempted, dueIn, removeEndpoints };
}
