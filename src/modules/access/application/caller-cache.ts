import { BoundedMap } from '#kernel/bounded-map.js';
import type { Caller } from '#ports/caller.js';

/** What was taken away stops working on every replica within this time; what is valid costs one query in it. */
const KEPT_MS = 3_000;
const MAX_ENTRIES = 10_000;

export interface Found {
  readonly caller: Caller | null;
  /** When it ends by itself. */
  readonly until: Date | null;
}

/** Callers by what they show, kept for seconds, in bounded memory. Many who ask for one at once ask the database once. */
export class CallerCache {
  private readonly known = new BoundedMap<string, { readonly caller: Caller | null; readonly until: number }>(
    MAX_ENTRIES,
  );
  private readonly asking = new Map<string, Promise<Caller | null>>();

  /** Undefined when the database has to be asked. */
  get(key: string, now: number): Caller | null | undefined {
    const entry = this.known.get(key);
    return entry && entry.until > now ? entry.caller : undefined;
  }

  ask(key: string, now: () => number, ask: () => Promise<Found>): Promise<Caller | null> {
    const asked = this.asking.get(key) ?? this.askNow(key, now, ask).finally(() => this.asking.delete(key));
    this.asking.set(key, asked);
    return asked;
  }

  /** Forgets callers, so that this process asks for them again at once. */
  forget(isMeant: (caller: Caller) => boolean): void {
    for (const [key, { caller }] of this.known) if (caller && isMeant(caller)) this.known.delete(key);
  }

  private async askNow(key: string, now: () => number, ask: () => Promise<Found>): Promise<Caller | null> {
    const { caller, until } = await ask();
    this.known.set(key, { caller, until: Math.min(now() + KEPT_MS, until?.getTime() ?? Infinity) });
    return caller;
  }
}
