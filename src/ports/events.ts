import type { JsonObject } from '#kernel/json.js';
import type { Schema } from '#kernel/schema.js';
import type { Tx } from './tx.js';

/** What an event is about; sequences count per subject. */
export interface Subject {
  readonly type: string;
  /** A UUID. */
  readonly id: string;
}

/** A type of event, as a module declares it in its `events.ts`. */
export interface EventType<Payload> {
  /** Of the payload's schema. Raised when its meaning changes; members may be added without. */
  readonly version: number;
  readonly description: string;
  /** Whether merchants may subscribe to it. A public payload never loses a member. */
  readonly isPublic: boolean;
  readonly payload: Schema<Payload>;
  readonly example: Payload;
  /** Names under which it was stored before; readers of the log get today's name. */
  readonly aliases?: readonly string[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each type has a payload of its own
export type EventTypes = Readonly<Record<string, EventType<any>>>;

/** From the name of an event type to the type of its payload. */
export type PayloadsOf<T extends EventTypes> = {
  readonly [K in keyof T]: T[K] extends EventType<infer Payload> ? Payload : never;
};

/** For declarations: infers the payload's type from its schema and checks the example against it. */
export function eventType<Payload>(type: EventType<Payload>): EventType<Payload> {
  return type;
}

/** All event types of the program, under today's names and those from before a rename. */
export class EventCatalog {
  private readonly renamed: ReadonlyMap<string, string>;

  constructor(readonly types: EventTypes) {
    this.renamed = new Map(
      Object.entries(types).flatMap(([name, { aliases = [] }]) => aliases.map((alias) => [alias, name] as const)),
    );
  }

  /** Today's name of a type as it was stored. */
  nameOf(stored: string): string {
    return this.renamed.get(stored) ?? stored;
  }

  /** Every name under which events of a type may be stored. */
  storedNamesOf(name: string): readonly string[] {
    return [name, ...(this.types[name]?.aliases ?? [])];
  }

  /** The types that merchants may subscribe to. */
  publicTypes(): readonly (readonly [name: string, type: EventType<unknown>])[] {
    return Object.entries<EventType<unknown>>(this.types).filter(([, { isPublic }]) => isPublic);
  }
}

declare const declared: unique symbol;

/** Something that happened. Made by the function that a module gets from `eventsOf`, and in no other way. */
export interface NewEvent<Type extends string = string> {
  readonly type: Type;
  readonly version: number;
  readonly subject: Subject;
  readonly data: JsonObject;
  /** Exists for the compiler only. */
  readonly [declared]: true;
}

/** The function that makes a module's events: the payload must be the one that the type declares. */
export function eventsOf<T extends EventTypes>(types: T) {
  return <K extends keyof T & string>(type: K, subject: Subject, data: PayloadsOf<T>[K]): NewEvent<K> =>
    ({ type, version: types[type]!.version, subject, data }) as unknown as NewEvent<K>;
}

/** Why it happened: the request that asked for it and, for a reaction, the event it reacts to. */
export interface Cause {
  readonly requestId: string | null;
  /** Id of the event that caused this one. */
  readonly causedBy: string | null;
  /** Who did it: `user:<id>`, `key:<id>`, `provider:<name>`, `system:<part>`, or `anonymous` for a public route. */
  readonly actor: string;
}

/** The cause of what a part of the program does by itself, such as on a schedule. */
export function systemCause(part: string): Cause {
  return { requestId: null, causedBy: null, actor: `system:${part}` };
}

/** An event as the log has it. */
export interface RecordedEvent<Type extends string = string, Payload = JsonObject> {
  readonly type: Type;
  readonly id: string;
  readonly subject: Subject;
  /** 1, 2, 3 ... per subject, without gaps. */
  readonly sequence: number;
  readonly data: Payload;
  readonly occurredAt: Date;
  readonly requestId: string | null;
  readonly causedBy: string | null;
  /** As in Cause; null for events from before 0.3.0. */
  readonly actor: string | null;
}

/** Recorded events of some of the types of a map; told apart by `type`. */
export type EventOf<Map, Type extends keyof Map & string = keyof Map & string> = {
  [K in Type]: RecordedEvent<K, Map[K]>;
}[Type];

/** Why a reaction to this event does what it does: for the actor of the event. */
export function causeOf({ requestId, id, actor }: Pick<RecordedEvent, 'requestId' | 'id' | 'actor'>): Cause {
  return { requestId, causedBy: id, actor: actor ?? 'system:reaction' };
}

/** The append-only log of what happened. Appending also queues the reactions, in the same transaction. */
export abstract class EventLog {
  /**
   * Appends events and one outbox row per consumer. The caller holds the lock of each subject's row (or has just made
   * it), which is what keeps the sequences free of gaps; a unique constraint catches a caller that does not.
   * @returns their ids
   */
  abstract append(tx: Tx, events: readonly NewEvent[], cause: Cause): Promise<string[]>;

  /** As append, for events with causes of their own. */
  abstract appendAll(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<string[]>;

  /** As append, for subjects that this very transaction has made: each event is its subject's first. */
  abstract appendFirst(tx: Tx, events: readonly (NewEvent & { readonly cause: Cause })[]): Promise<void>;
}

export interface EventFilter {
  readonly type?: string;
  readonly subjectId?: string;
  /** Types of subjects whose events this reader must not see. */
  readonly hiddenSubjects: readonly string[];
}

/** The log as its readers see it. */
export abstract class EventHistory {
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: EventFilter, afterId: string | null, limit: number): Promise<RecordedEvent[]>;
  /** Ids, in pages, of the events of subjects. */
  abstract idsOf(subjectIds: readonly string[]): AsyncIterable<readonly string[]>;
  /** Empties the free texts of older events of these types, which name an address. @returns how many; fewer than the limit when there are no more */
  abstract forgetTexts(tx: Tx, types: readonly string[], before: Date, limit: number): Promise<number>;
}
