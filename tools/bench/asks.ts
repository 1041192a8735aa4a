/** What a client asks for, and which answer is right. */
export type Kind =
  | 'place' // an order; 201
  | 'sold-out' // an order for a product that is sold out; 409
  | 'replay' // one of the orders of this process again, with its key; 201 and the same bytes
  | 'get' // an order by id; 200
  | 'list' // the newest 20 orders; 200
  | 'mixed' // seven reads by id for three orders
  | 'deposit' // to a balance; 201
  | 'pay' // a payment in one request; 202
  | 'checkout'; // an order, its intent, and that confirmed; 201, 201, 202

export interface LoadPlan {
  url: string;
  connections: number;
  seconds: number;
  productIds: string[];
  linesPerOrder: number;
  kind?: Kind;
  paymentMethod?: 'card' | 'balance';
  /** Over how many customers the requests are spread; one without it. */
  customers?: number;
  /** For reads. */
  orderIds?: string[];
  /** Whether 503 with Retry-After is an answer too (overload); who gets one comes back after it. */
  mayBeTurnedAway?: boolean;
  /**
   * An open loop: so many begin each second, whatever has become of those before. Latencies count from when each was to begin, so that
   * a program that stalls cannot keep the client from noticing.
   */
  perSecond?: number;
  /** More addresses; connections are spread over all of them. */
  moreUrls?: string[];
}

interface Sent {
  readonly key: string;
  readonly body: string;
  readonly answer: string;
}

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly key?: string;
  isRight(status: number, text: string): boolean;
}

const MAX_REMEMBERED = 2_000;
export const expected: Partial<Record<Kind, number>> = { 'sold-out': 409, pay: 202, get: 200, list: 200 };
const prefix = `${process.pid}-${Date.now()}`;
const remembered: Sent[] = [];
let serial = 0;

const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;

function customerOf({ customers }: LoadPlan): string {
  return customers === undefined ? 'bench' : `bench-${Math.floor(Math.random() * customers)}`;
}

function basket(plan: LoadPlan): string {
  const { productIds, linesPerOrder, paymentMethod } = plan;
  const items = new Set<string>();
  while (items.size < Math.min(linesPerOrder, productIds.length)) items.add(pick(productIds));
  return JSON.stringify({
    items: [...items].map((productId) => ({ productId, quantity: 1 })),
    customerId: customerOf(plan),
    paymentMethod,
  });
}

export function askFor(plan: LoadPlan, kind: Exclude<Kind, 'checkout'>): Ask {
  const key = `${prefix}-${serial++}`;
  switch (kind) {
    case 'get': {
      const id = pick(plan.orderIds!);
      return { method: 'GET', path: `orders/${id}`, isRight: (_status, text) => text.startsWith(`{"id":"${id}"`) };
    }
    case 'list':
      return {
        method: 'GET',
        path: 'orders?limit=20',
        isRight: (_status, text) => text.startsWith('{"data":[{"id":"'),
      };
    case 'mixed':
      return askFor(plan, Math.random() < 0.7 ? 'get' : 'place');
    case 'deposit':
      return {
        method: 'POST',
        path: `balances/${customerOf(plan)}/deposits`,
        key,
        body: '{"amount":100,"currency":"USD"}',
        isRight: (_status, text) => text.includes('"type":"deposit"'),
      };
    case 'pay':
      return {
        method: 'POST',
        path: 'payments',
        key,
        body: '{"amount":2999,"currency":"USD","paymentMethodId":"pm_card_visa"}',
        isRight: (_status, text) => text.includes('"status":"processing"'),
      };
    case 'sold-out':
      return {
        method: 'POST',
        path: 'orders',
        key,
        body: basket(plan),
        isRight: (_status, text) => text.includes('"code":"insufficient-stock"'),
      };
    case 'replay': {
      const sent = pick(remembered);
      return {
        method: 'POST',
        path: 'orders',
        key: sent.key,
        body: sent.body,
        isRight: (_status, text) => text === sent.answer,
      };
    }
    case 'place': {
      const body = basket(plan);
      return {
        method: 'POST',
        path: 'orders',
        key,
        body,
        isRight: (status, text) => {
          if (status !== 201) return false;
          if (remembered.length < MAX_REMEMBERED) remembered.push({ key, body, answer: text });
          return text.startsWith('{"id":"') && text.includes('"status":"pending"');
        },
      };
    }
  }
}

/** What follows an order until its payment is under way: each from the answer before. */
export const afterOrder: readonly ((answer: string) => {
  readonly path: string;
  readonly body: string;
  readonly status: number;
})[] = [
  (answer) => ({
    path: 'payments/intents',
    body: JSON.stringify({ orderId: (JSON.parse(answer) as { id: string }).id }),
    status: 201,
  }),
  (answer) => ({
    path: `payments/intents/${(JSON.parse(answer) as { id: string }).id}/confirm`,
    body: '{"paymentMethodId":"pm_card_visa"}',
    status: 202,
  }),
];
