import type { Json } from '#kernel/json.js';
import type { Cause } from './events.js';
import { inOrder } from './ordered.js';

/** Who is being forgotten. */
export interface Person {
  /** What everything that is theirs calls them; the id of their account where they have one. */
  readonly customerId: string;
  /** What takes its place: `erased-<uuid>`. */
  readonly pseudonym: string;
  /** Of their account. */
  readonly email: string | null;
}

/** What a module keeps about a person, and how it forgets them. */
export interface PersonalDataHolder {
  /** A member of the export. */
  readonly name: string;
  /** One value, or items as they are read. */
  export(customerId: string): Promise<Json> | AsyncIterable<Json>;
  /**
   * Takes the person out of what is kept, in transactions of bounded size. Money's history stays, under the pseudonym.
   * It may be broken off anywhere and begun again.
   */
  erase(person: Person): Promise<void>;

  /** Whether anything is kept under this id. */
  knows?(customerId: string): Promise<boolean>;
  /** What must be settled before the person is forgotten, each in words. */
  obligations?(customerId: string): Promise<readonly string[]>;
  settle?(customerId: string, cause: Cause): Promise<void>;
  /** Ids, in pages, of what is the person's: events, answers and messages about them are the person's too. Asked while erasing. */
  subjects?(person: Person): AsyncIterable<readonly string[]>;
  /** What texts from outside may call the person or what is theirs. Asked while erasing. */
  mentions?(person: Person): Promise<readonly string[]>;
}

/**
 * Modules that keep personal data register here, so that export and erasure reach them without knowing them. The composition
 * root says in which order they erase: first what gives the pseudonym to what others look for.
 */
export class PersonalData {
  private readonly registered: PersonalDataHolder[] = [];

  /** @param erasureOrder the names of all holders */
  constructor(private readonly erasureOrder: readonly string[]) {}

  register(holder: PersonalDataHolder): void {
    this.registered.push(holder);
  }

  /** The export of a person as the text of one JSON object, in pieces. */
  async *export(customerId: string, exportedAt: Date): AsyncGenerator<string> {
    yield `{"exportedAt":${JSON.stringify(exportedAt)}`;
    // Last erased, first exported: the account before what was bought with it.
    for (const holder of this.ordered().reverse()) {
      yield `,\n${JSON.stringify(holder.name)}:`;
      const exported = holder.export(customerId);
      if (exported instanceof Promise) yield JSON.stringify(await exported);
      else yield* list(exported);
    }
    yield '}\n';
  }

  async knows(customerId: string): Promise<boolean> {
    for (const holder of this.registered) if (await holder.knows?.(customerId)) return true;
    return false;
  }

  async obligations(customerId: string): Promise<string[]> {
    const found: string[] = [];
    for (const holder of this.ordered()) found.push(...((await holder.obligations?.(customerId)) ?? []));
    return found;
  }

  async settle(customerId: string, cause: Cause): Promise<void> {
    for (const holder of this.ordered()) await holder.settle?.(customerId, cause);
  }

  async erase(person: Person): Promise<void> {
    for (const holder of this.ordered()) await holder.erase(person);
  }

  async *subjects(person: Person): AsyncGenerator<readonly string[]> {
    for (const holder of this.ordered()) if (holder.subjects) yield* holder.subjects(person);
  }

  async mentions(person: Person): Promise<string[]> {
    const found = [person.customerId, ...(person.email === null ? [] : [person.email])];
    for (const holder of this.ordered()) found.push(...((await holder.mentions?.(person)) ?? []));
    // Every text holds an empty one.
    return found.filter((mention) => mention !== '');
  }

  /** Every holder, in the order in which they erase. @throws Error when the order does not name exactly them */
  ordered(): PersonalDataHolder[] {
    return inOrder('holders of personal data', this.registered, this.erasureOrder);
  }
}

async function* list(items: AsyncIterable<Json>): AsyncGenerator<string> {
  let separator = '[';
  for await (const item of items) {
    yield `${separator}\n${JSON.stringify(item)}`;
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}
