import {
  BatchConsumer,
  ExternalCallConsumer,
  RecipientConsumer,
  TransactionalConsumer,
  type DeliveryAttempt,
  type NextStep,
} from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Subscriptions, to } from '#platform/outbox/subscriptions.js';
import { Trace } from './fakes.js';

/** What the present test observes. */
export const trace = { current: new Trace() };
const note = (step: string) => trace.current.steps.push(step);

export class Writes extends TransactionalConsumer {
  static readonly id = 'things.write';
  static readonly aliases = ['WritesOfOld'];
  fault: Error | null = null;
  override async react(): Promise<void> {
    note('react');
    if (this.fault) throw this.fault;
  }
  override async gaveUp(_tx: Tx, _event: RecordedEvent, error: string): Promise<void> {
    note(`gave up: ${error}`);
  }
}

export class Calls extends ExternalCallConsumer<string> {
  static readonly id = 'things.call';
  override async call(_event: RecordedEvent, attempt: number): Promise<string> {
    note(`call ${attempt}`);
    return 'yes';
  }
  override async record(_tx: Tx, _event: RecordedEvent, answer: string): Promise<void> {
    note(`record ${answer}`);
  }
}

export class Batches extends BatchConsumer {
  static readonly id = 'things.batch';
  static readonly aliases = ['BatchesOfOld'];
  fault: Error | null = null;
  override async reactAll(_tx: Tx, events: readonly RecordedEvent[]): Promise<void> {
    note(`react to ${events.length}`);
    if (this.fault) throw this.fault;
    if (events.some(({ data }) => data['isBad'])) throw new Error('it is bad');
  }
}

export class Delivers extends RecipientConsumer<string> {
  static readonly id = 'things.deliver';
  static readonly aliases = ['DeliversOfOld'];
  next: NextStep = { kind: 'done' };
  fault: Error | null = null;
  override *recipients(): Iterable<readonly [string, number]> {
    yield ['a', 8];
    yield ['b', 1];
  }
  override async deliver(_event: RecordedEvent, recipient: string, attempt: number) {
    note(`deliver to ${recipient}, attempt ${attempt}`);
    if (this.fault) throw this.fault;
    return { answer: 'thanks', next: this.next };
  }
  override async record(_tx: Tx, attempts: readonly DeliveryAttempt<string>[]): Promise<void> {
    note(`record ${attempts.map(({ recipient, answer }) => `${recipient}: ${answer}`).join()}`);
  }
  override async reopen(): Promise<void> {}
}

const retry = { attempts: 3, firstDelaySeconds: 10, maxDelaySeconds: 60 };
export const subscriptions = new Subscriptions(
  { 'thing.happened': [to(Writes, { retry, concurrency: 4 }), to(Calls, { retry }), to(Batches, { retry })] },
  [Delivers],
);
