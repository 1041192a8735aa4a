import type { Type } from '@nestjs/common';
import { BulkSubscriber, type Courier, type Sender, type Subscriber } from '#ports/events.js';

export interface RetryPolicy {
  /** Attempts in all, the first included; after the last the row goes to the dead letters. */
  readonly attempts: number;
  readonly firstDelaySeconds: number;
  /** Delays double up to here. */
  readonly maxDelaySeconds: number;
}

export interface Subscription {
  /** Stored in outbox rows; never change it for an existing reaction. */
  readonly name: string;
  readonly reaction: Type<Subscriber | Sender | BulkSubscriber>;
  /** Seconds after the event at which the reaction is first due. */
  readonly delaySeconds: number;
  readonly retry: RetryPolicy;
  /** How many of these may run at once in one process. */
  readonly concurrency: number;
}

const patient: RetryPolicy = { attempts: 30, firstDelaySeconds: 1, maxDelaySeconds: 300 };

/** A line of the subscription table. The defaults give up after about two hours. */
export function to(reaction: Type<Subscriber | Sender | BulkSubscriber>, options: Partial<Omit<Subscription, 'name' | 'reaction'>> = {}): Subscription {
  return { name: reaction.name, reaction, delaySeconds: 0, retry: patient, concurrency: 8, ...options };
}

/** Whether a reaction takes many events in one transaction. */
export function isBulk(reaction: Subscription['reaction']): boolean {
  return reaction.prototype instanceof BulkSubscriber;
}

/** The typed table of who reacts to what, as the platform sees it. */
export class Subscriptions {
  private readonly byName: ReadonlyMap<string, Subscription>;

  constructor(
    private readonly table: Readonly<Record<string, readonly Subscription[]>>,
    /** Their queues are named after them and their recipients. */
    readonly couriers: readonly Type<Courier>[] = [],
  ) {
    this.byName = new Map(Object.values(table).flatMap((list) => list.map((subscription) => [subscription.name, subscription] as const)));
  }

  of(eventType: string): readonly Subscription[] {
    const found = this.table[eventType];
    if (!found) throw new Error(`The event type ${eventType} is missing in the subscription table`);
    return found;
  }

  all(): readonly Subscription[] {
    return [...this.byName.values()];
  }

  named(name: string): Subscription | undefined {
    return this.byName.get(name);
  }

  /** The courier and the recipient of a queue; undefined for a reaction of our own. */
  courierOf(subscriber: string): { courier: Type<Courier>; recipient: string } | undefined {
    const slash = subscriber.indexOf('/');
    const courier = slash > 0 && this.couriers.find(({ name }) => name === subscriber.slice(0, slash));
    return courier ? { courier, recipient: subscriber.slice(slash + 1) } : undefined;
  }
}

/** The subscriber under which a recipient's rows stand in the outbox. */
export function queueOf(courier: string, recipient: string): string {
  return `${courier}/${recipient}`;
}

/** Seconds until the next attempt: exponential with full jitter on the upper half, so that retries spread out. */
export function retryDelay({ firstDelaySeconds, maxDelaySeconds }: RetryPolicy, attempts: number, random: number): number {
  const ceiling = Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** Math.min(attempts - 1, 30));
  return ceiling * (0.5 + random / 2);
}
