import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from './history.js';
import { nextOperation, type Operation } from './plan.js';
import type { Random } from './random.js';
import type { World } from './world.js';

const KEY = 'test-key-123';
const MAX_RETRIES = 200;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown> & { id?: string; code?: string };
}

/** What clients know of the shop: what they and others have been told. */
export interface Shared {
  /** How many have stayed. */
  endpoints: number;
  readonly products: string[];
  readonly orders: { id: string; total: number }[];
  readonly payments: { id: string; amount: number }[];
  /** Ids of saved payment methods. */
  readonly methods: string[];
}

/** A buyer, a merchant and a nuisance in one: does what its plan says, and asks again with the same key when it got no answer. */
export class TortureClient {
  private readonly sent: { path: string; body: object; key: string; text: string }[] = [];

  constructor(
    private readonly world: World,
    private readonly history: History,
    private readonly shared: Shared,
    private readonly random: Random,
    private readonly isOver: () => boolean,
  ) {}

  async run(): Promise<void> {
    while (!this.isOver()) {
      await this.do(nextOperation(this.random));
    }
  }

  private async do(operation: Operation): Promise<void> {
    const newest = <T>(list: readonly T[], back: number): T | undefined => list[Math.max(0, list.length - 1 - back)];
    const { orders, payments, products, methods } = this.shared;
    switch (operation.kind) {
      case 'place': {
        const items = operation.products.map((product, i) => ({
          productId: products[product]!,
          quantity: operation.quantities[i]!,
        }));
        const body = { items, customerId: `customer-${operation.customer}`, paymentMethod: operation.method };
        const answer = await this.post('/orders', body, operation.kind);
        if (answer.status === 201) orders.push({ id: answer.body.id!, total: answer.body['total'] as number });
        return;
      }
      case 'cancel':
      case 'complete': {
        const order = newest(orders, operation.back);
        if (!order) return;
        const answer = await this.post(`/orders/${order.id}/${operation.kind}`, {}, operation.kind);
        if (answer.status === 200) this.history.terminal(order.id, answer.body['status'] as string);
        return;
      }
      case 'pay': {
        const order = newest(orders, operation.back);
        if (!order) return;
        const answer = await this.post(
          '/payments/intents',
          { orderId: order.id, captureMethod: operation.manual ? 'manual' : 'automatic' },
          operation.kind,
        );
        if (answer.status !== 201) return;
        payments.push({ id: answer.body.id!, amount: order.total });
        await this.post(`/payments/intents/${answer.body.id!}/confirm`, { paymentMethodId: operation.card }, 'confirm');
        return;
      }
      case 'confirm':
      case 'capture':
      case 'cancel-payment': {
        const payment = newest(payments, operation.back);
        if (!payment) return;
        const verb = operation.kind === 'cancel-payment' ? 'cancel' : operation.kind;
        await this.post(
          `/payments/intents/${payment.id}/${verb}`,
          verb === 'confirm' ? { paymentMethodId: operation.card } : {},
          operation.kind,
        );
        return;
      }
      case 'refund': {
        const payment = newest(payments, operation.back);
        if (payment)
          await this.post(
            `/payments/${payment.id}/refunds`,
            { amount: Math.max(1, Math.floor(payment.amount * operation.share)) },
            operation.kind,
          );
        return;
      }
      case 'pay-at-once': {
        const body = { amount: operation.amount, currency: 'USD', paymentMethodId: operation.card };
        const answer = await this.post('/payments', body, operation.kind);
        if (answer.status === 202) payments.push({ id: answer.body.id!, amount: operation.amount });
        return;
      }
      case 'save-method': {
        const body = { customerId: `customer-${operation.customer}`, paymentMethodId: operation.card };
        const answer = await this.post('/payments/methods', body, operation.kind);
        if (answer.status === 201) methods.push(answer.body.id!);
        return;
      }
      case 'charge-saved': {
        const paymentMethodId = newest(methods, operation.back);
        if (paymentMethodId === undefined) return;
        const body = { amount: operation.amount, currency: 'USD', paymentMethodId, offSession: true };
        const answer = await this.post('/payments', body, operation.kind);
        if (answer.status === 202) payments.push({ id: answer.body.id!, amount: operation.amount });
        return;
      }
      case 'detach': {
        const id = newest(methods, operation.back);
        if (id !== undefined) await this.ask('DELETE', `/payments/methods/${id}`).catch(() => undefined);
        return;
      }
      case 'deposit':
      case 'withdraw': {
        const path = `/balances/customer-${operation.customer}/${operation.kind === 'deposit' ? 'deposits' : 'withdrawals'}`;
        const answer = await this.post(path, { amount: operation.amount, currency: 'USD' }, operation.kind);
        if (answer.status === 201)
          this.history.moved(
            `customer-${operation.customer}`,
            operation.kind === 'deposit' ? operation.amount : -operation.amount,
          );
        return;
      }
      case 'adjust': {
        const answer = await this.post(
          `/products/${products[operation.product]!}/stock-adjustments`,
          { delta: operation.delta, reason: 'torture' },
          operation.kind,
        );
        if (answer.status === 201) this.history.adjusted(products[operation.product]!, operation.delta);
        return;
      }
      case 'repeat': {
        const again = newest(this.sent, operation.back);
        if (!again) return;
        const answer = await this.post(again.path, again.body, operation.kind, again.key);
        if (answer.text !== again.text)
          this.history.violation(
            `a repetition of ${again.path} got another answer: ${answer.text.slice(0, 200)} for ${again.text.slice(0, 200)}`,
          );
        return;
      }
      case 'endpoint': {
        const merchant = this.world.merchants[1]!;
        const answer = await this.post(
          '/webhooks/endpoints',
          { url: merchant.url, events: ['order.*'] },
          operation.kind,
        );
        // Enough to tell, and few enough that telling them all does not take longer than the faults.
        if (answer.status === 201 && (!operation.lasting || ++this.shared.endpoints > 10))
          await this.ask('DELETE', `/webhooks/endpoints/${answer.body.id!}`).catch(() => undefined);
        return;
      }
      case 'read':
      case 'timeline': {
        const order = newest(orders, operation.back);
        if (order) await this.read(order.id, operation.kind === 'timeline');
        return;
      }
    }
  }

  /** Whatever is read at any moment is whole: an order with its lines, adding up. */
  private async read(id: string, timeline: boolean): Promise<void> {
    const answer = await this.ask('GET', timeline ? `/orders/${id}/timeline` : `/orders/${id}`).catch(() => null);
    this.history.read(answer?.status ?? 0);
    if (answer?.status === 404) this.history.violation(`order ${id} was acknowledged and is not found`);
    if (answer?.status !== 200 || timeline) return;
    const { items, subtotal, total } = answer.body as unknown as {
      items: { total: number }[];
      subtotal: number;
      total: number;
    };
    if (items.length === 0 || items.reduce((sum, item) => sum + item.total, 0) !== subtotal || total !== subtotal)
      this.history.violation(`order ${id} was read without adding up`);
  }

  /** Asks until there is an answer, always with the same key. */
  private async post(path: string, body: object, kind: string, key: string = randomUUID()): Promise<Answer> {
    this.history.began(kind);
    let wasUnknown = false;
    for (let tries = 0; tries < MAX_RETRIES; tries++) {
      let wasSent = true;
      const answer = await this.ask('POST', path, body, key).catch((error: unknown) => {
        // No server was there to take it.
        if (((error as Error).cause as { code?: string } | undefined)?.code === 'ECONNREFUSED') wasSent = false;
        return null;
      });
      if (answer && answer.status < 500 && answer.body.code !== 'idempotency-key-in-use') {
        if (answer.status === 429) this.history.violation('429 without a limit');
        this.history.ended(answer.status, wasUnknown);
        if (kind !== 'repeat' && this.sent.length < 2_000 && answer.status !== 404)
          this.sent.push({ path, body, key, text: answer.text });
        return answer;
      }
      if (answer && answer.status >= 500 && answer.status !== 503)
        this.history.violation(`${path} was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      // No answer at all, and the client cannot know whether it happened; a 503 says that it may be asked again.
      if (!answer && wasSent) wasUnknown = true;
      await sleep(50 + Math.min(tries, 20) * 25);
    }
    this.history.unresolved(kind, key);
    return { status: 0, text: '', body: {} };
  }

  private async ask(method: string, path: string, body?: object, key?: string): Promise<Answer> {
    const answer = await fetch(`${this.world.url}/api/v1${path}`, {
      method,
      headers: {
        'x-api-key': KEY,
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: text ? (JSON.parse(text) as Answer['body']) : {} };
  }
}
