import { Unavailable } from '#kernel/errors.js';

interface Waiting {
  readonly proceed: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Work that is done a few at a time, by turns of the addresses that ask for it. When the queue is full, the address that
 * waits for the most gives a place up to one that waits for less.
 */
export class FairQueue {
  private running = 0;
  private count = 0;
  /** What each address waits for. Addresses stand in the order in which their turn comes. */
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly atOnce: number,
    private readonly limit: number,
  ) {}

  /** Whether nothing runs or waits. */
  get isIdle(): boolean {
    return this.running === 0;
  }

  /** @throws Unavailable when the queue is full */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnce) await this.wait(address);
    else this.running++;
    try {
      return await work();
    } finally {
      // The turn is handed on, so that no later request can take it.
      const next = this.next();
      if (next) next.proceed();
      else this.running--;
    }
  }

  private wait(address: string): Promise<void> {
    const own = this.waiting.get(address) ?? [];
    if (this.count >= this.limit) this.makeRoomFor(own.length);
    return new Promise((proceed, refuse) => {
      own.push({ proceed, refuse });
      this.count++;
      this.waiting.set(address, own);
    });
  }

  private makeRoomFor(count: number): void {
    const [address, most] = [...this.waiting].reduce((a, b) => (b[1].length > a[1].length ? b : a));
    if (most.length <= count + 1) throw tooMany();
    most.pop()!.refuse(tooMany());
    this.count--;
    if (most.length === 0) this.waiting.delete(address);
  }

  private next(): Waiting | undefined {
    const [first] = this.waiting;
    if (!first) return undefined;
    const [address, own] = first;
    const next = own.shift();
    this.count--;
    // To the end of the line, if it waits for more.
    this.waiting.delete(address);
    if (own.length > 0) this.waiting.set(address, own);
    return next;
  }
}

function tooMany(): Unavailable {
  return new Unavailable('Too many requests are waiting.', 2);
}
