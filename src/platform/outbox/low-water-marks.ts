/** A place in a queue: rows are taken by due time, then by id. */
export interface Place {
  /** Microseconds since the Unix epoch. */
  readonly dueAt: number;
  readonly id: number;
}

const BEGINNING: Place = { dueAt: 0, id: 0 };
/** How often a queue is looked through from its beginning, at least. */
const SWEEP_MS = 1_000;
/** Of the time at most this part is spent on that, and yet it is done this often: what made one look slow may have passed. */
const SWEEP_SHARE = 1 / 20;
const MAX_SWEEP_MS = 10_000;

/** Whether a comes after b. */
export function isLater(a: Place, b: Place): boolean {
  return a.dueAt > b.dueAt || (a.dueAt === b.dueAt && a.id > b.id);
}

interface Queue {
  mark: Place;
  sweepAt: number;
}

/**
 * Where the next look into each queue may begin: everything before has been taken. While an old snapshot is held open somewhere,
 * VACUUM cannot clear away rows that are gone, and each look from the beginning would wade through all of them.
 *
 * A transaction that commits late leaves rows before the mark. Statements look a little further back than the mark where it is
 * near the present, and what was later still is found when the queue is looked through from the beginning, about every second.
 */
export class LowWaterMarks {
  private readonly queues = new Map<string, Queue>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  placeOf(queue: string): Place {
    const known = this.queues.get(queue);
    return known === undefined || this.now() >= known.sweepAt ? BEGINNING : known.mark;
  }

  /**
   * Notes what a look has found.
   * @param from where it began
   * @param last the last of the rows that it has taken; null for none
   * @param isFull whether it has taken as many as it might, so that there may be more
   */
  note(queue: string, from: Place, last: Place | null, isFull: boolean, tookMs: number): void {
    const known = this.queues.get(queue);
    const before = known?.mark ?? BEGINNING;
    const isAhead = last !== null && isLater(last, before);
    if (from !== BEGINNING) {
      if (isAhead && known) known.mark = last;
      return;
    }
    const sweepAt = this.now() + Math.min(MAX_SWEEP_MS, Math.max(SWEEP_MS, tookMs / SWEEP_SHARE));
    // Late rows may be more than it has taken: the next looks go on with them.
    this.queues.set(queue, { mark: isAhead || (isFull && last !== null) ? last : before, sweepAt });
  }

  /** Each queue is looked through from its beginning next time. */
  forget(): void {
    this.queues.clear();
  }
}
