import { setTimeout as sleep } from 'node:timers/promises';
import { IdempotencyKeyInUse, type IdempotentRequest } from '#ports/idempotency.js';

/** How long a repetition waits for the first request before it is told to come back. */
const MAX_WAIT_MS = 5_000;

/** The keys that this process is executing, so that repetitions wait briefly instead of colliding. */
export class RunningKeys {
  private readonly running = new Map<string, Promise<unknown>>();

  /**
   * Lets requests with one key run one after the other. The work answers 'busy' when another process is executing the
   * same key; it is then tried again, up to a bound.
   * @throws IdempotencyKeyInUse
   */
  async alone<T>({ id }: IdempotentRequest, work: () => Promise<T | 'busy'>): Promise<T> {
    const deadline = Date.now() + MAX_WAIT_MS;
    for (;;) {
      const first = id === null ? undefined : this.running.get(id);
      if (first) {
        const untilDeadline = sleep(Math.max(0, deadline - Date.now()), undefined, { ref: false });
        await Promise.race([first.catch(() => undefined), untilDeadline]);
        if (Date.now() >= deadline) throw new IdempotencyKeyInUse();
        continue;
      }
      const outcome = await this.run(id, work);
      if (outcome !== 'busy') return outcome;
      // Another process is executing it.
      if (Date.now() + 50 >= deadline) throw new IdempotencyKeyInUse();
      await sleep(20 + Math.random() * 60);
    }
  }

  private async run<T>(id: string | null, work: () => Promise<T>): Promise<T> {
    const mine = work();
    if (id === null) return mine;
    this.running.set(id, mine);
    try {
      return await mine;
    } finally {
      this.running.delete(id);
    }
  }
}
