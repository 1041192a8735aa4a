import type { Type } from '@nestjs/common';
import {
  BatchConsumer,
  ExternalCallConsumer,
  type AnyConsumer,
  type ConsumerId,
  type RecipientConsumer,
  type TransactionalConsumer,
} from '#ports/consumers.js';

export interface RetryPolicy {
  /** Attempts in all, the first included; after the last the row goes to the dead letters. */
  readonly attempts: number;
  readonly firstDelaySeconds: number;
  /** Delays double up to here. */
  readonly maxDelaySeconds: number;
}

/** A consumer class with the id under which its rows are stored. */
export type ConsumerClass<Instance> = Type<Instance> & ConsumerId;

export type EventConsumer = TransactionalConsumer | ExternalCallConsumer | BatchConsumer;
export type RecipientConsumerClass = ConsumerClass<RecipientConsumer>;

export interface SubscriptionOptions {
  /** Seconds after the event at which the consumer is first due. */
  readonly delaySeconds: number;
  readonly retry: RetryPolicy;
  /** How many events it may work on at once in one process. */
  readonly concurrency: number;
}

/** One line of the subscription table: a consumer that accepts this kind of event, and how it is run. */
export interface Subscription<Event = never> extends SubscriptionOptions {
  readonly consumer: ConsumerClass<AnyConsumer<Event>>;
}

/** The default policy: gives up after about two hours. */
const standardRetry: RetryPolicy = { attempts: 30, firstDelaySeconds: 1, maxDelaySeconds: 300 };

/** Makes a line of the subscription table. */
export function to<Event>(
  consumer: ConsumerClass<AnyConsumer<Event>>,
  options: Partial<SubscriptionOptions> = {},
): Subscription<Event> {
  return { consumer, delaySeconds: 0, retry: standardRetry, concurrency: 8, ...options };
}

/** The kinds of consumers; each has a runner of its own. */
export type ConsumerKind = 'transactional' | 'external-call' | 'batch' | 'recipient';

/** A subscription as the relay runs it. */
export interface RunnableSubscription extends SubscriptionOptions {
  readonly id: string;
  /** Its aliases: ids under which its rows were stored before a rename. */
  readonly formerIds: readonly string[];
  readonly kind: Exclude<ConsumerKind, 'recipient'>;
  readonly consumer: Type<EventConsumer>;
}

/** The subscription table as the platform sees it: event type -> consumers, and the consumers with recipients. */
export class Subscriptions {
  private readonly byEventType = new Map<string, readonly RunnableSubscription[]>();
  private readonly byId = new Map<string, RunnableSubscription>();
  private readonly byAlias = new Map<string, RunnableSubscription>();

  constructor(
    table: Readonly<Record<string, readonly Subscription[]>>,
    /** Consumers whose queues are named after them and their recipients. */
    readonly recipientConsumers: readonly RecipientConsumerClass[] = [],
  ) {
    for (const [eventType, lines] of Object.entries(table)) {
      this.byEventType.set(
        eventType,
        lines.map((line) => this.known(line)),
      );
    }
  }

  private known({ consumer, ...options }: Subscription): RunnableSubscription {
    const type = consumer as unknown as Type<EventConsumer>;
    const { id, aliases = [] } = consumer;
    const subscription = { ...options, id, formerIds: aliases, kind: kindOf(type), consumer: type };
    this.byId.set(id, subscription);
    for (const alias of aliases) this.byAlias.set(alias, subscription);
    return subscription;
  }

  of(eventType: string): readonly RunnableSubscription[] {
    const found = this.byEventType.get(eventType);
    if (!found) throw new Error(`The event type ${eventType} is missing in the subscription table`);
    return found;
  }

  /** Whether an event type, under today's name, is in the table. */
  hasEventType(eventType: string): boolean {
    return this.byEventType.has(eventType);
  }

  all(): readonly RunnableSubscription[] {
    return [...this.byId.values()];
  }

  /** By the id of an outbox row: today's, or one from before a rename. */
  named(id: string): RunnableSubscription | undefined {
    return this.byId.get(id) ?? this.byAlias.get(id);
  }

  /** Every id under which rows of these consumers may be stored. */
  storedIds(): readonly string[] {
    return [...this.byId.keys(), ...this.byAlias.keys()];
  }

  /** The consumer and the recipient of a queue; undefined for a consumer without recipients. */
  recipientOf(storedId: string): { consumer: RecipientConsumerClass; recipient: string } | undefined {
    const slash = storedId.indexOf('/');
    if (slash <= 0) return undefined;
    const name = storedId.slice(0, slash);
    const consumer = this.recipientConsumers.find(({ id, aliases }) => id === name || aliases?.includes(name));
    return consumer && { consumer, recipient: storedId.slice(slash + 1) };
  }

  /** Today's id of a queue that may be stored under an id from before a rename. */
  currentId(storedId: string): string {
    const named = this.named(storedId);
    if (named) return named.id;
    const addressed = this.recipientOf(storedId);
    return addressed ? queueOf(addressed.consumer.id, addressed.recipient) : storedId;
  }

  isKnown(storedId: string): boolean {
    return this.named(storedId) !== undefined || this.recipientOf(storedId) !== undefined;
  }
}

function kindOf({ prototype }: Type<EventConsumer>): RunnableSubscription['kind'] {
  if (prototype instanceof BatchConsumer) return 'batch';
  return prototype instanceof ExternalCallConsumer ? 'external-call' : 'transactional';
}

/** The id under which a recipient's rows stand in the outbox. */
export function queueOf(consumerId: string, recipient: string): string {
  return `${consumerId}/${recipient}`;
}

/** Seconds until the next attempt: exponential with full jitter on the upper half, so that retries spread out. */
export function retryDelay(
  { firstDelaySeconds, maxDelaySeconds }: RetryPolicy,
  attempts: number,
  random: number,
): number {
  const ceiling = Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** Math.min(attempts - 1, 30));
  return ceiling * (0.5 + random / 2);
}
