import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import Stripe from 'stripe';
import supertest from 'supertest';
import type { Test } from 'supertest';
import type { Application } from '#app/application.js';
import { Relay } from '#platform/outbox/relay.js';
import type { Simulator } from '../../tools/simulator/simulator.js';
import { createDatabase, type TestDatabase } from './database.js';
import { eventually } from './waiting.js';
import { startProgram, type MovableClock, type Overrides } from './program.js';

export { countByStatus, eventually } from './waiting.js';

export const KEY = 'test-key-123';

export interface Product {
  id: string;
  sku: string | null;
  name: string;
  price: number;
  currency: string;
  stock: number;
  version: number;
}

export interface Order {
  id: string;
  orderNumber: string;
  status: string;
  paymentStatus: string;
  total: number;
  amountPaid: number;
  amountRefunded: number;
  currency: string;
  cancelReason: string | null;
  version: number;
  items: { productId: string; quantity: number; unitPrice: number; total: number }[];
}

export interface Payment {
  id: string;
  orderId: string | null;
  provider: string;
  status: string;
  paymentIntentId: string;
  providerReference: string;
  clientSecret: string;
  amount: number;
  amountCaptured: number;
  amountRefunded: number;
  lastError: { code: string; declineCode: string } | null;
  nextAction: object | null;
  disputes: { id: string; amount: number; reason: string; status: string; funds: string }[];
}

export interface Refund {
  id: string;
  paymentId: string;
  amount: number;
  status: string;
}

/** Those of this file that are open: a test that fails closes none, and what it leaves running would fail the files after it. */
const left = new Set<Shop>();
afterAll(async () => {
  for (const shop of left) await shop.close();
}, 30_000);

/** A whole shop on a database of its own: the program, the simulator, and short words for what buyers and merchants do. */
export class Shop {
  private constructor(
    readonly application: Application,
    readonly database: TestDatabase,
    readonly simulator: Simulator,
    readonly port: number,
    private readonly ownsDatabase: boolean,
    private readonly clock: MovableClock,
  ) {}

  static async open(overrides: Overrides = {}, database?: TestDatabase): Promise<Shop> {
    const db = database ?? (await createDatabase());
    const { application, simulator, port, clock } = await startProgram(overrides, db.url);
    const shop = new Shop(application, db, simulator, port, database === undefined, clock);
    left.add(shop);
    return shop;
  }

  async close(): Promise<void> {
    if (!left.delete(this)) return;
    await this.simulator.stop();
    await this.application.close();
    if (this.ownsDatabase) await this.database.drop();
  }

  /** Lets so much time pass for the program: its clock, and what is queued by the database's. */
  async pass(seconds: number): Promise<void> {
    this.clock.aheadMs += seconds * 1000;
    await this.database.query(`UPDATE outbox SET due_at = due_at - $1 * interval '1 second' WHERE due_at > now()`, [
      seconds,
    ]);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get(path: string): Test {
    return supertest(this.url).get(`/api/v1${path}`).set('X-Api-Key', KEY);
  }

  post(path: string, body: object = {}, key: string = randomUUID()): Test {
    return supertest(this.url).post(`/api/v1${path}`).set('X-Api-Key', KEY).set('Idempotency-Key', key).send(body);
  }

  metrics = (): Test => supertest(this.url).get('/metrics');

  put(path: string, body: object): Test {
    return supertest(this.url).put(`/api/v1${path}`).set('X-Api-Key', KEY).send(body);
  }

  patch(path: string, body: object): Test {
    return supertest(this.url).patch(`/api/v1${path}`).set('X-Api-Key', KEY).send(body);
  }

  delete(path: string): Test {
    return supertest(this.url).delete(`/api/v1${path}`).set('X-Api-Key', KEY);
  }

  async product(draft: Partial<Product> & Record<string, unknown> = {}): Promise<Product> {
    const { body } = await this.post('/products', {
      name: 'Mug',
      price: 1000,
      currency: 'USD',
      stock: 100,
      ...draft,
    }).expect(201);
    return body as Product;
  }

  async stockOf(productId: string): Promise<number> {
    return ((await this.get(`/products/${productId}`).expect(200)).body as Product).stock;
  }

  async order(productId: string, quantity = 1, more: object = {}): Promise<Order> {
    const { body } = await this.post('/orders', { items: [{ productId, quantity }], ...more }).expect(201);
    return body as Order;
  }

  orderNow = async (id: string): Promise<Order> => (await this.get(`/orders/${id}`).expect(200)).body as Order;

  async intent(orderId: string, more: object = {}): Promise<Payment> {
    return (await this.post('/payments/intents', { orderId, ...more }).expect(201)).body as Payment;
  }

  async confirm(paymentId: string, paymentMethodId = 'pm_card_visa'): Promise<Payment> {
    return (await this.post(`/payments/intents/${paymentId}/confirm`, { paymentMethodId }).expect(202)).body as Payment;
  }

  /** An order whose money is authorized and waits to be captured. */
  async authorized(productId: string, quantity = 1): Promise<{ order: Order; payment: Payment }> {
    const order = await this.order(productId, quantity);
    const payment = await this.intent(order.id, { captureMethod: 'manual' });
    await this.confirm(payment.id);
    await this.becomes(payment.id, 'requires_capture');
    return { order, payment };
  }

  /** An order that is paid by card, and thereby completed. */
  async paid(productId: string, quantity = 1): Promise<{ order: Order; payment: Payment }> {
    const order = await this.order(productId, quantity);
    const payment = await this.intent(order.id);
    await this.confirm(payment.id);
    await this.becomes(payment.id, 'succeeded');
    return { order, payment };
  }

  /** Waits until a payment is in a state. */
  becomes(paymentId: string, status: string, timeoutMs?: number): Promise<Payment> {
    return eventually(
      () => this.paymentNow(paymentId),
      (payment) => payment.status === status,
      timeoutMs,
    );
  }

  /** Waits until an order's payment is said to be in a state. */
  orderBecomes(orderId: string, paymentStatus: string): Promise<Order> {
    return eventually(
      () => this.orderNow(orderId),
      (order) => order.paymentStatus === paymentStatus,
    );
  }

  /** Stripe's own SDK, pointed at the simulator. */
  stripe(): Stripe {
    return new Stripe('sk_test_of_the_tests', {
      host: '127.0.0.1',
      port: this.simulator.port,
      protocol: 'http',
      telemetry: false,
    });
  }

  /** The buyer pays at the provider behind our back, as with Stripe.js in a browser, and the provider does not tell. */
  async simulatorPays(reference: string): Promise<void> {
    const intents = this.stripe().paymentIntents;
    this.simulator.sendWebhooksTo(null);
    await intents.confirm(reference, { payment_method: 'pm_card_visa' });
    await eventually(
      () => intents.retrieve(reference),
      ({ status }) => status === 'succeeded',
    );
    this.simulator.forgetWebhooks();
    this.simulator.sendWebhooksTo(`${this.url}/api/v1/webhooks/stripe`);
  }

  /** Waits until no reaction of our own comes due within so many seconds; messages to merchants may wait for days. */
  async ownReactionsAreDone(withinSeconds = 20, timeoutMs = 60_000): Promise<void> {
    await eventually(
      () =>
        this.database.query(
          `SELECT 1 FROM outbox WHERE strpos(subscriber, '/') = 0 AND due_at <= now() + $1 * interval '1 second'`,
          [withinSeconds],
        ),
      (due) => due.length === 0,
      timeoutMs,
    );
  }

  /** Waits until nothing is due and the relay works on nothing; what is due later does not count. */
  idle(): Promise<void> {
    return this.application.nest.get(Relay).idle();
  }

  async paymentNow(id: string): Promise<Payment> {
    return (await this.get(`/payments/${id}`).expect(200)).body as Payment;
  }

  async eventsOf(subjectId: string): Promise<{ type: string; sequence: number }[]> {
    return this.database.query('SELECT type, sequence FROM events WHERE subject_id = $1 ORDER BY sequence', [
      subjectId,
    ]);
  }
}
