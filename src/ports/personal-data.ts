import type { Json } from '#kernel/json.js';
import type { Tx } from './tx.js';

/** What a module keeps about a person, and how it forgets them. */
export interface PersonalDataHolder {
  /** A member of the export. */
  readonly name: string;
  export(customerId: string): Promise<Json>;
  /** Takes the person out of what is kept. Money's history stays, under the pseudonym. */
  erase(tx: Tx, customerId: string, pseudonym: string): Promise<void>;
}

/** Every module that keeps personal data registers here, so that export and erasure reach it without knowing it. */
export class PersonalData {
  private readonly keepers: PersonalDataHolder[] = [];

  register(keeper: PersonalDataHolder): void {
    this.keepers.push(keeper);
  }

  async export(customerId: string): Promise<Record<string, Json>> {
    const parts: Record<string, Json> = {};
    for (const keeper of this.keepers) parts[keeper.name] = await keeper.export(customerId);
    return parts;
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    // Last registered first: modules register from the bottom of the staircase up, and what stands above asks what is below.
    for (const keeper of [...this.keepers].reverse()) await keeper.erase(tx, customerId, pseudonym);
  }
}
