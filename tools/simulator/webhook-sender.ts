import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { StoredEvent, StripeEvent } from './objects.js';

const MAX_ATTEMPTS = 50;
const MAX_AT_ONCE = 16;

/** Sends events as Stripe does: signed, until they are answered 2xx, each attempt later than the one before. */
export class WebhookSender {
  private readonly events = new Map<string, StoredEvent>();
  /** Those that are still to be sent: few, however many there have been. */
  private readonly pending = new Map<string, StoredEvent>();
  private readonly underWay = new Set<string>();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAX_AT_ONCE });
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly secret: string,
    private url: string | null,
    private readonly record: (stored: StoredEvent) => void,
  ) {}

  forget(): void {
    for (const stored of this.pending.values()) {
      stored.dueAt = null;
      this.record(stored);
    }
    this.pending.clear();
  }

  sendTo(url: string | null): void {
    this.url = url;
    this.schedule();
  }

  restore(stored: StoredEvent): void {
    this.events.set(stored.event.id, stored);
    if (stored.dueAt !== null) this.pending.set(stored.event.id, stored);
  }

  /**
   * @param dueAt null: it is never sent
   * @param again how often it is sent once more after it was accepted
   */
  add(event: StripeEvent, dueAt: number | null, again: number): void {
    const stored: StoredEvent = { event, dueAt, attempts: 0, again };
    this.restore(stored);
    this.record(stored);
    this.schedule();
  }

  find(id: string): StripeEvent | undefined {
    return this.events.get(id)?.event;
  }

  list(): StripeEvent[] {
    return [...this.events.values()].map((stored) => stored.event).reverse();
  }

  schedule(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.url === null) return;
    const waiting = [...this.pending.values()].filter((stored) => !this.underWay.has(stored.event.id));
    const now = Date.now();
    for (const stored of waiting.sort((a, b) => a.dueAt! - b.dueAt!)) {
      if (this.underWay.size >= MAX_AT_ONCE) return; // a delivery that ends looks again
      if (stored.dueAt! > now) {
        this.timer = setTimeout(() => this.schedule(), Math.min(stored.dueAt! - now, 60_000));
        return;
      }
      void this.deliver(stored);
    }
  }

  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.url = null;
    this.agent.destroy();
  }

  private async deliver(stored: StoredEvent): Promise<void> {
    this.underWay.add(stored.event.id);
    const accepted = await this.post(JSON.stringify(stored.event)).catch(() => false);
    if (this.stopped) return; // what is not recorded is sent again at the next start
    stored.attempts++;
    const isOver = accepted || stored.attempts >= MAX_ATTEMPTS;
    if (isOver && stored.again) stored.again--;
    else stored.dueAt = isOver ? null : Date.now() + Math.min(60_000, 250 * 2 ** stored.attempts);
    if (stored.dueAt === null) this.pending.delete(stored.event.id);
    this.record(stored);
    this.underWay.delete(stored.event.id);
    this.schedule();
  }

  private post(body: string): Promise<boolean> {
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', this.secret).update(`${timestamp}.${body}`).digest('hex');
    return new Promise((resolve, reject) => {
      const outgoing = request(
        this.url!,
        {
          method: 'POST',
          agent: this.agent,
          timeout: 10_000,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'content-length': Buffer.byteLength(body),
            'stripe-signature': `t=${timestamp},v1=${signature}`,
          },
        },
        (incoming) => {
          incoming.resume();
          incoming.once('end', () => resolve((incoming.statusCode ?? 500) < 300));
          incoming.once('error', reject);
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error('timeout')));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}
