import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { invalid, read, Refused, unixNow, type Reply } from './answers.js';
import { Bank } from './bank.js';
import { challenge } from './challenge-page.js';
import { control } from './control.js';
import { Disputes } from './disputes.js';
import { Faults, type FaultRule } from './faults.js';
import { parseForm } from './form.js';
import { IdempotentAnswers, type StoredAnswer } from './idempotent-answers.js';
import { Journal } from './journal.js';
import type { StoredEvent } from './objects.js';
import { Refunds } from './refunds.js';
import { operationOf, route, type Simulated } from './routes.js';
import { Store } from './store.js';
import { Vault } from './vault.js';
import { WebhookSender } from './webhook-sender.js';

export interface SimulatorOptions {
  host: string;
  port: number;
  statePath: string;
  /** Between a confirmation and the bank's decision. */
  delayMs: number;
  /** Decides which of several things a fault with a probability strikes. */
  seed: string;
  webhookSecret: string;
  webhookUrl: string | null;
}

const API_VERSION = '2026-10-28.endive';
const DEFAULT_DELAY_MS = 1_000;
const REORDERED_MS = 400;

/**
 * Speaks the part of Stripe's API that Quittance uses. It knows nothing of Quittance: its wire format is Stripe's, its
 * state is its own file, and what it decides it tells by signed webhook. Faults are scheduled through its own API below
 * /_simulator, which is not Stripe's.
 */
export class Simulator {
  private readonly answers = new IdempotentAnswers((id, value) => this.journal.append({ kind: 'answer', id, value }));
  /** Calls by operation, those included that a fault has swallowed. */
  readonly calls = new Map<string, number>();
  readonly faults: Faults;
  private readonly store = new Store(() => this.journal);
  private readonly bank: Bank;
  private readonly refunds: Refunds;
  private readonly disputes: Disputes;
  private readonly vault: Vault;
  private readonly journal: Journal;
  private readonly webhooks: WebhookSender;
  private readonly server: Server;
  private isDown = false;
  private isStopped = false;

  private constructor(readonly options: SimulatorOptions) {
    this.faults = new Faults(options.seed);
    this.webhooks = new WebhookSender(options.webhookSecret, options.webhookUrl, (stored) =>
      this.journal.append({ kind: 'event', id: stored.event.id, value: stored }),
    );
    const tell = (type: string, object: unknown) => this.tell(type, object);
    this.disputes = new Disputes(this.store, tell);
    this.refunds = new Refunds(options.delayMs, this.store, tell);
    const challengeUrl = ({ id, client_secret: secret }: { id: string; client_secret: string }) =>
      `http://${options.host}:${this.port}/_simulator/challenge/${id}?client_secret=${secret}`;
    this.bank = new Bank(options.delayMs, this.faults, this.store, this.disputes, tell, challengeUrl);
    this.vault = new Vault(this.store, tell, challengeUrl);
    this.journal = Journal.open(options.statePath, ({ kind, id, value }) => {
      this.store.restore(kind, id, value);
      if (kind === 'answer') this.answers.restore(id, value as StoredAnswer);
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
    simulator.bank.start();
    simulator.refunds.start();
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

  /** Replaces the faults that were scheduled before. */
  scheduleFaults(rules: readonly FaultRule[]): void {
    this.faults.set(rules);
  }

  /** How often an operation was asked for; all of them without a name. */
  callsOf(operation?: string): number {
    if (operation !== undefined) return this.calls.get(operation) ?? 0;
    return [...this.calls.values()].reduce((sum, calls) => sum + calls, 0);
  }

  /** As Stripe with amounts that are not worth a card payment; 0 takes them all. */
  refuseAmountsBelow(amount: number): void {
    this.bank.smallestAmount = amount;
  }

  /** As Stripe when the merchant's account is empty. */
  refuseRefunds(refused: boolean): void {
    this.refunds.isEmpty = refused;
  }

  /** Whether the bank decides while it is asked, and declines with 402; otherwise after the delay. */
  decideAtOnce(isSynchronous: boolean): void {
    this.bank.isSynchronous = isSynchronous;
  }

  /** What a payer does on the page of the challenge. */
  answerChallenge = (id: string, hasPassed: boolean): unknown =>
    (id.startsWith('seti_') ? this.vault : this.bank).answerChallenge(id, hasPassed);

  /** As banks do with an authorization that was not captured in time. */
  expireAuthorization(intentId: string): void {
    this.bank.expireAuthorization(intentId);
  }

  /** A payer's bank disputes the charge of an intent. @returns the id of the dispute */
  dispute(intentId: string, reason = 'fraudulent'): string {
    return this.disputes.openOn(intentId, reason).id;
  }

  decideDispute(id: string, isWon: boolean): void {
    this.disputes.decide(id, isWon);
  }

  /** A refund that had succeeded comes back. */
  failRefund(id: string): void {
    this.refunds.fail(id);
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
    this.isStopped = true;
    this.webhooks.stop();
    this.bank.stop();
    this.refunds.stop();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.journal.close();
  }

  private async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const answer = await this.answer(incoming).catch((error: unknown): Reply => {
      if (error instanceof Refused) return { status: error.status, body: JSON.stringify({ error: error.error }) };
      return {
        status: 500,
        body: JSON.stringify({ error: { type: 'api_error', code: 'simulator_fault', message: String(error) } }),
      };
    });
    if (answer === 'lost') return void incoming.socket.destroy();
    const key = incoming.headers['idempotency-key'];
    outgoing.writeHead(answer.status, {
      'content-type': 'application/json',
      'request-id': `req_${randomBytes(9).toString('hex')}`,
      'stripe-version': String(incoming.headers['stripe-version'] ?? API_VERSION),
      ...(key !== undefined && { 'idempotency-key': String(key) }),
      ...('headers' in answer ? answer.headers : {}),
    });
    outgoing.end(answer.body);
  }

  private async answer(incoming: IncomingMessage): Promise<Reply | 'lost'> {
    const url = new URL(incoming.url ?? '/', 'http://simulator');
    const method = incoming.method ?? 'GET';
    const body = await read(incoming);
    if (url.pathname.startsWith('/_simulator/challenge/')) return challenge(this.simulated, method, url, body);
    if (url.pathname.startsWith('/_simulator/'))
      return control(this, this.simulated, `${method} ${url.pathname.slice(12)}`, body);
    const operation = operationOf(method, url.pathname);
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
    if (this.isDown) throw invalid(503, 'The simulator plays dead.', 'service_unavailable');
    if (!/^(Bearer|Basic) \S+/.test(incoming.headers.authorization ?? ''))
      throw invalid(401, 'You did not provide an API key.', 'api_key_missing');
    const slow = this.faults.strike('slow', operation);
    if (slow) await sleep(slow.delayMs ?? DEFAULT_DELAY_MS);
    if (this.isStopped) return 'lost';
    const broken = this.faults.strike('server_error', operation);
    if (broken) throw invalid(broken.status ?? 503, 'The simulator has a fault.', 'service_unavailable');
    const isLost = this.faults.strike('lost_answer', operation) !== null;
    const key = incoming.headers['idempotency-key'];
    const act = () => route(this.simulated, method, url, parseForm(body));
    const answer =
      method === 'POST' && typeof key === 'string'
        ? this.answers.answerOnce(key, `${url.pathname}\n${body}`, act)
        : act();
    return isLost ? 'lost' : answer;
  }

  /** What it has, for tests and tools in the same process. */
  get simulated(): Simulated {
    const { store, bank, refunds, disputes, vault, webhooks: events } = this;
    return { store, bank, refunds, disputes, vault, events };
  }

  private tell(type: string, object: unknown): void {
    const event = {
      id: `evt_${randomBytes(12).toString('hex')}`,
      object: 'event' as const,
      api_version: API_VERSION,
      created: unixNow(),
      data: { object: structuredClone(object) },
      livemode: false as const,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    };
    if (this.faults.strike('webhook_never', type)) return this.webhooks.add(event, null, 0);
    const late = this.faults.strike('webhook_late', type);
    const delay = late
      ? (late.delayMs ?? DEFAULT_DELAY_MS)
      : this.faults.strike('webhook_reordered', type)
        ? REORDERED_MS
        : 0;
    this.webhooks.add(event, Date.now() + delay, this.faults.strike('webhook_duplicated', type) ? 1 : 0);
  }
}
