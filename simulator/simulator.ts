import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { integer, invalid, list, missing, ok, read, Refused, unexpectedState, unixNow } from './answers.js';
import { parseForm, record, text, type Form } from './form.js';
import { Journal } from './journal.js';
import { fateOf, type PaymentIntent, type Refund, type StoredEvent, type StoredIntent } from './objects.js';
import { WebhookSender } from './webhook-sender.js';

export interface SimulatorOptions {
  host: string;
  port: number;
  statePath: string;
  /** Between a confirmation and the bank's decision. */
  delayMs: number;
  seed: string;
  webhookSecret: string;
  webhookUrl: string | null;
}

interface StoredAnswer {
  hash: string;
  status: number;
  body: string;
}

const API_VERSION = '2026-10-28.endive';

/**
 * Speaks the part of Stripe's API that Quittance uses. It knows nothing of Quittance: its wire format is Stripe's, its
 * state is its own file, and what it decides it tells by signed webhook.
 */
export class Simulator {
  private readonly intents = new Map<string, StoredIntent>();
  private readonly refunds = new Map<string, Refund>();
  private readonly answers = new Map<string, StoredAnswer>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly journal: Journal;
  private readonly webhooks: WebhookSender;
  private readonly server: Server;
  private isDown = false;

  private constructor(private readonly options: SimulatorOptions) {
    this.webhooks = new WebhookSender(options.webhookSecret, options.webhookUrl, (stored) =>
      this.journal.append({ kind: 'event', id: stored.event.id, value: stored }),
    );
    this.journal = Journal.open(options.statePath, ({ kind, id, value }) => {
      if (kind === 'intent') this.intents.set(id, value as StoredIntent);
      if (kind === 'refund') this.refunds.set(id, value as Refund);
      if (kind === 'answer') this.answers.set(id, value as StoredAnswer);
      if (kind === 'event') this.webhooks.restore(value as StoredEvent);
    });
    this.server = createServer((incoming, outgoing) => void this.serve(incoming, outgoing));
    this.server.keepAliveTimeout = 60_000;
  }

  static async start(options: SimulatorOptions): Promise<Simulator> {
    const simulator = new Simulator(options);
    await new Promise<void>((resolve, reject) => {
      simulator.server.once('error', reject);
      simulator.server.listen(options.port, options.host, resolve);
    });
    for (const stored of simulator.intents.values()) simulator.scheduleDecision(stored);
    simulator.webhooks.schedule();
    return simulator;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Null keeps them until there is an address. */
  sendWebhooksTo(url: string | null): void {
    this.webhooks.sendTo(url);
  }

  /** Every call is answered 503, as by a provider that is down, until it comes back. */
  goDown(): void {
    this.isDown = true;
  }

  comeBack(): void {
    this.isDown = false;
  }

  /** A provider whose webhooks never come. */
  forgetWebhooks(): void {
    this.webhooks.forget();
  }

  async stop(): Promise<void> {
    this.webhooks.stop();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.journal.close();
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const answer = await this.answer(incoming).catch((error: unknown) => {
      if (error instanceof Refused) return { status: error.status, body: JSON.stringify({ error: error.error }) };
      return { status: 500, body: JSON.stringify({ error: { type: 'api_error', code: 'simulator_fault', message: String(error) } }) };
    });
    outgoing.writeHead(answer.status, { 'content-type': 'application/json', 'request-id': `req_${randomBytes(9).toString('hex')}` });
    outgoing.end(answer.body);
  }

  private async answer(incoming: IncomingMessage): Promise<{ status: number; body: string }> {
    const url = new URL(incoming.url ?? '/', 'http://simulator');
    const body = await read(incoming);
    if (this.isDown) throw invalid(503, 'The simulator plays dead.', 'service_unavailable');
    if (!/^(Bearer|Basic) \S+/.test(incoming.headers.authorization ?? '')) throw invalid(401, 'You did not provide an API key.', 'api_key_missing');
    const key = incoming.headers['idempotency-key'];
    if (incoming.method !== 'POST' || typeof key !== 'string') return this.route(incoming.method ?? 'GET', url, parseForm(body));
    return this.answerOnce(key, createHash('sha256').update(`${url.pathname}\n${body}`).digest('hex'), () => this.route('POST', url, parseForm(body)));
  }

  /** As Stripe: the same key answers the same again, errors of the request included; another request with it is refused. */
  private answerOnce(key: string, hash: string, act: () => { status: number; body: string }): { status: number; body: string } {
    const known = this.answers.get(key);
    if (known && known.hash !== hash) {
      throw new Refused(400, {
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
        message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      });
    }
    if (known) return known;
    let answer: { status: number; body: string };
    try {
      answer = act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer = { status: error.status, body: JSON.stringify({ error: error.error }) };
    }
    const stored = { hash, ...answer };
    this.answers.set(key, stored);
    this.journal.append({ kind: 'answer', id: key, value: stored });
    return stored;
  }

  private route(method: string, url: URL, form: Form): { status: number; body: string } {
    const [, version, collection, id, verb] = url.pathname.split('/');
    const route = `${method} ${version}/${collection}${id ? '/:id' : ''}${verb ? `/${verb}` : ''}`;
    const query = (name: string) => url.searchParams.get(name);
    switch (route) {
      case 'POST v1/payment_intents':
        return ok(this.create(form));
      case 'GET v1/payment_intents':
        return ok(list(url.pathname, [...this.intents.values()].map((stored) => stored.intent).reverse(), query));
      case 'GET v1/payment_intents/:id':
        return ok(this.intent(id!).intent);
      case 'POST v1/payment_intents/:id/confirm':
        return ok(this.confirm(this.intent(id!), form));
      case 'POST v1/payment_intents/:id/capture':
        return ok(this.capture(this.intent(id!), form));
      case 'POST v1/payment_intents/:id/cancel':
        return ok(this.cancel(this.intent(id!), form));
      case 'POST v1/refunds':
        return ok(this.refund(form));
      case 'GET v1/refunds':
        return ok(
          list(
            url.pathname,
            [...this.refunds.values()].filter((r) => !query('payment_intent') || r.payment_intent === query('payment_intent')).reverse(),
            query,
          ),
        );
      case 'GET v1/refunds/:id':
        return ok(this.refunds.get(id!) ?? missing('refund', id!));
      case 'GET v1/events':
        return ok(list(url.pathname, this.webhooks.list(), query));
      case 'GET v1/events/:id':
        return ok(this.webhooks.find(id!) ?? missing('event', id!));
      default:
        throw invalid(404, `Unrecognized request URL (${method}: ${url.pathname}).`, 'unrecognized_url');
    }
  }

  private create(form: Form): PaymentIntent {
    const amount = integer(form, 'amount');
    const currency = text(form, 'currency');
    if (amount === undefined || amount < 1) throw invalid(400, 'Missing or invalid required param: amount.', 'parameter_missing', 'amount');
    if (!currency || !/^[a-z]{3}$/.test(currency)) throw invalid(400, 'Missing or invalid required param: currency.', 'parameter_missing', 'currency');
    const id = `pi_${randomBytes(12).toString('hex')}`;
    const intent: PaymentIntent = {
      id,
      object: 'payment_intent',
      amount,
      amount_capturable: 0,
      amount_received: 0,
      capture_method: text(form, 'capture_method') === 'manual' ? 'manual' : 'automatic',
      client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
      created: unixNow(),
      currency,
      last_payment_error: null,
      latest_charge: null,
      livemode: false,
      metadata: record(form, 'metadata'),
      payment_method: null,
      payment_method_types: Object.values(record(form, 'allowed_payment_method_types')),
      status: 'requires_payment_method',
      canceled_at: null,
      cancellation_reason: null,
    };
    this.save({ intent, decidedAt: null, refunded: 0 });
    return intent;
  }

  private confirm(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_payment_method') throw unexpectedState(intent, 'confirm');
    const method = text(form, 'payment_method');
    if (!method) throw invalid(400, 'You must provide a payment_method to confirm this PaymentIntent.', 'parameter_missing', 'payment_method');
    if (fateOf(method).kind === 'unknown') throw invalid(400, `No such PaymentMethod: '${method}'`, 'resource_missing', 'payment_method');
    const confirmed: StoredIntent = {
      ...stored,
      decidedAt: Date.now() + this.options.delayMs,
      intent: { ...intent, status: 'processing', payment_method: method, last_payment_error: null },
    };
    this.save(confirmed);
    this.scheduleDecision(confirmed);
    return confirmed.intent;
  }

  private scheduleDecision({ intent, decidedAt }: StoredIntent): void {
    if (decidedAt === null) return;
    const timer = setTimeout(() => this.decide(intent.id), Math.max(0, decidedAt - Date.now()));
    this.timers.set(intent.id, timer);
  }

  /** The bank has decided. */
  private decide(id: string): void {
    this.timers.delete(id);
    const stored = this.intent(id);
    const { intent } = stored;
    if (intent.status !== 'processing') return;
    const fate = fateOf(intent.payment_method!);
    const charge = `ch_${randomBytes(12).toString('hex')}`;
    if (fate.kind === 'declines') {
      this.change(
        stored,
        { status: 'requires_payment_method', payment_method: null, last_payment_error: fate.error, latest_charge: charge },
        'payment_intent.payment_failed',
      );
    } else if (intent.capture_method === 'manual') {
      this.change(stored, { status: 'requires_capture', amount_capturable: intent.amount, latest_charge: charge }, 'payment_intent.amount_capturable_updated');
    } else {
      this.change(stored, { status: 'succeeded', amount_received: intent.amount, latest_charge: charge }, 'payment_intent.succeeded');
    }
  }

  private capture(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_capture') throw unexpectedState(intent, 'capture');
    const amount = integer(form, 'amount_to_capture') ?? intent.amount_capturable;
    if (amount < 1 || amount > intent.amount_capturable)
      throw invalid(400, 'The requested capture amount is greater than the amount you can capture.', 'amount_too_large', 'amount_to_capture');
    return this.change(stored, { status: 'succeeded', amount_received: amount, amount_capturable: 0 }, 'payment_intent.succeeded');
  }

  private cancel(stored: StoredIntent, form: Form): PaymentIntent {
    const { intent } = stored;
    if (intent.status !== 'requires_payment_method' && intent.status !== 'requires_capture') throw unexpectedState(intent, 'cancel');
    const cancellation_reason = text(form, 'cancellation_reason') ?? null;
    return this.change(stored, { status: 'canceled', canceled_at: unixNow(), amount_capturable: 0, cancellation_reason }, 'payment_intent.canceled');
  }

  private refund(form: Form): Refund {
    const stored = this.intent(text(form, 'payment_intent') ?? '');
    const { intent } = stored;
    const left = intent.amount_received - stored.refunded;
    const amount = integer(form, 'amount') ?? left;
    if (intent.status !== 'succeeded') throw invalid(400, 'This PaymentIntent does not have a successful charge to refund.', 'charge_not_succeeded');
    if (left <= 0) throw invalid(400, 'The charge has already been refunded.', 'charge_already_refunded');
    if (amount < 1 || amount > left)
      throw invalid(400, `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, 'amount_too_large', 'amount');
    const refund: Refund = {
      id: `re_${randomBytes(12).toString('hex')}`,
      object: 'refund',
      amount,
      charge: intent.latest_charge,
      created: unixNow(),
      currency: intent.currency,
      metadata: record(form, 'metadata'),
      payment_intent: intent.id,
      reason: text(form, 'reason') ?? null,
      status: 'succeeded',
    };
    this.refunds.set(refund.id, refund);
    this.journal.append({ kind: 'refund', id: refund.id, value: refund });
    this.save({ ...stored, refunded: stored.refunded + amount });
    this.tell('refund.updated', refund);
    this.tell('charge.refunded', {
      id: intent.latest_charge,
      object: 'charge',
      amount: intent.amount_received,
      amount_refunded: stored.refunded + amount,
      currency: intent.currency,
      payment_intent: intent.id,
    });
    return refund;
  }

  private intent(id: string): StoredIntent {
    return this.intents.get(id) ?? missing('payment_intent', id);
  }

  private change(stored: StoredIntent, changes: Partial<PaymentIntent>, eventType: string): PaymentIntent {
    const intent = { ...stored.intent, ...changes };
    this.save({ ...stored, intent, decidedAt: null });
    this.tell(eventType, intent);
    return intent;
  }

  private save(stored: StoredIntent): void {
    this.intents.set(stored.intent.id, stored);
    this.journal.append({ kind: 'intent', id: stored.intent.id, value: stored });
  }

  private tell(type: string, object: unknown): void {
    this.webhooks.add(
      {
        id: `evt_${randomBytes(12).toString('hex')}`,
        object: 'event',
        api_version: API_VERSION,
        created: unixNow(),
        data: { object: structuredClone(object) },
        livemode: false,
        pending_webhooks: 1,
        request: { id: null, idempotency_key: null },
        type,
      },
      Date.now(),
    );
  }
}
