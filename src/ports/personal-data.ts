import type { Json } from '#kernel/json.js';
import { inOrder } from './ordered.js';
import type { Tx } from './tx.js';

/** What a module keeps about a person, and how it forgets them. */
export interface PersonalDataHolder {
  /** A member of the export. */
  readonly name: string;
  export(customerId: string): Promise<Json>;
  /** Takes the person out of what is kept. Money's history stays, under the pseudonym. */
  erase(tx: Tx, customerId: string, pseudonym: string): Promise<void>;
}

/**
 * Modules that keep personal data register here, so that export and erasure reach them without knowing them. The composition
 * root says in which order they erase: what asks another module comes before that module.
 */
export class PersonalData {
  private readonly registered: PersonalDataHolder[] = [];

  /** @param erasureOrder the names of all holders */
  constructor(private readonly erasureOrder: readonly string[]) {}

  register(holder: PersonalDataHolder): void {
    this.registered.push(holder);
  }

  async export(customerId: string): Promise<Record<string, Json>> {
    const parts: Record<string, Json> = {};
    // Last erased, first exported: the account before what was bought with it.
    for (const holder of this.ordered().reverse()) parts[holder.name] = await holder.export(customerId);
    return parts;
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    for (const holder of this.ordered()) await holder.erase(tx, customerId, pseudonym);
  }

  /** Every holder, in the order in which they erase. @throws Error when the order does not name exactly them */
  ordered(): PersonalDataHolder[] {
    return inOrder('holders of personal data', this.registered, this.erasureOrder);
  }
}
