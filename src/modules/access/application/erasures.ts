import type { Person } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';

/** People who are being forgotten, and that others have been. */
export abstract class Erasures {
  /** Guard: erasures_running, one at a time for a person. @returns whether it was new */
  abstract begin(tx: Tx, id: string, person: Person, now: Date): Promise<boolean>;
  /** Null when it is finished. */
  abstract find(id: string): Promise<Person | null>;
  /** Takes the person out of it. @returns whether it was still running */
  abstract finish(tx: Tx, id: string, now: Date): Promise<boolean>;
}
