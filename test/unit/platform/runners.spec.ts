import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '#kernel/errors.js';
import { NotYet, RetryIn } from '#ports/consumers.js';
import { BatchFastPath } from '#platform/outbox/batch-fast-path.js';
import { BatchRunner } from '#platform/outbox/batch-runner.js';
import { ExternalCallRunner } from '#platform/outbox/external-call-runner.js';
import { FailedAttempts } from '#platform/outbox/failed-attempts.js';
import { RecipientRunner } from '#platform/outbox/recipient-runner.js';
import { TransactionalRunner } from '#platform/outbox/transactional-runner.js';
import { UnknownEventRunner } from '#platform/outbox/unknown-event-runner.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { Batches, Calls, Delivers, subscriptions, trace, Writes } from './consumers.js';
import { claimedRow, holding, recordedEvent, Trace } from './fakes.js';

/** The runner of a consumer, with everything around it replaced. */
function runnerOf<Consumer extends object>(
  consumer: Consumer,
  Runner: typeof TransactionalRunner | typeof ExternalCallRunner,
) {
  const { outbox, transactions, log } = (trace.current = new Trace());
  const failures = new FailedAttempts(outbox, transactions, holding(consumer), log);
  return new Runner(outbox, transactions, subscriptions, holding(consumer), failures, new Metrics());
}

function batchRunnerOf(consumer: Batches): { runner: BatchRunner; fastPath: BatchFastPath } {
  const { outbox, transactions, log } = (trace.current = new Trace());
  const metrics = new Metrics();
  const failures = new FailedAttempts(outbox, transactions, holding(consumer), log);
  const fastPath = new BatchFastPath(outbox, transactions, subscriptions, holding(consumer), metrics);
  const runner = new BatchRunner(outbox, transactions, subscriptions, fastPath, holding(consumer), failures, metrics);
  return { runner, fastPath };
}

describe('a transactional consumer', () => {
  it('takes effect in the transaction that removes its row', async () => {
    await runnerOf(new Writes(), TransactionalRunner).run([claimedRow('things.write')], trace.current.progress);
    expect(trace.current.steps).toEqual(['begin', 'take', 'react', 'commit', 'settled']);
  });

  it('has no effect when its row was claimed again meanwhile', async () => {
    const runner = runnerOf(new Writes(), TransactionalRunner);
    const row = claimedRow('things.write');
    trace.current.overtaken.add(row);
    await runner.run([row], trace.current.progress);
    expect(trace.current.steps).toEqual(['begin', 'take', 'rollback', 'settled']);
    expect([trace.current.postponed, trace.current.dead, trace.current.logged]).toEqual([[], [], []]);
  });

  it.each([
    ['fails', new Error('no'), { counts: true }, 1],
    ['is too early', new NotYet('no'), { counts: true }, 0],
    ['says when', new RetryIn('no', 77), { counts: true, seconds: 77 }, 1],
    ['says that it was no attempt', new RetryIn('no', 5, false), { counts: false, seconds: 5 }, 0],
  ])('gets a next time when it %s', async (_, fault, expected, logged) => {
    const consumer = Object.assign(new Writes(), { fault });
    await runnerOf(consumer, TransactionalRunner).run([claimedRow('things.write')], trace.current.progress);
    expect(trace.current.steps).toEqual(['begin', 'take', 'react', 'rollback', 'settled']);
    expect(trace.current.postponed).toMatchObject([{ error: 'no', ...expected }]);
    expect(trace.current.postponed[0]!.seconds).toBeGreaterThanOrEqual(5);
    expect(trace.current.logged).toHaveLength(logged);
  });

  it.each([
    ['its attempts are used up', new Error('no'), 3],
    ['it says that no attempt will help', new RetryIn('no', null), 1],
  ])('is given up when %s, and is told in that transaction', async (_, fault, attempts) => {
    const consumer = Object.assign(new Writes(), { fault });
    const runner = runnerOf(consumer, TransactionalRunner);
    await runner.run([claimedRow('things.write', { attempts })], trace.current.progress);
    expect(trace.current.steps.slice(4)).toEqual(['begin', 'dead letter', 'gave up: no', 'commit', 'settled']);
  });

  it('has its slots less what it is working on', () => {
    const runner = runnerOf(new Writes(), TransactionalRunner);
    const queue = { id: 'things.write', formerIds: ['WritesOfOld'] };
    expect([...runner.queues(() => 0)]).toEqual([{ ...queue, slots: 4 }]);
    expect([...runner.queues(() => 3)]).toEqual([{ ...queue, slots: 1 }]);
    expect([...runner.queues(() => 4)]).toEqual([]);
  });
});

describe('an external call', () => {
  it('is made before the transaction that records its answer and removes its row', async () => {
    const runner = runnerOf(new Calls(), ExternalCallRunner);
    await runner.run([claimedRow('things.call', { attempts: 2 })], trace.current.progress);
    expect(trace.current.steps).toEqual(['call 2', 'begin', 'take', 'record yes', 'commit', 'settled']);
  });

  it('records nothing when its row was claimed again meanwhile', async () => {
    const runner = runnerOf(new Calls(), ExternalCallRunner);
    const row = claimedRow('things.call');
    trace.current.overtaken.add(row);
    await runner.run([row], trace.current.progress);
    expect(trace.current.steps).toEqual(['call 1', 'begin', 'take', 'rollback', 'settled']);
  });
});

describe('a batch consumer', () => {
  const rows = (count: number, bad = -1) =>
    Array.from({ length: count }, (_, i) =>
      claimedRow('things.batch', { event: recordedEvent({ data: i === bad ? { isBad: true } : {} }) }),
    );

  it('reacts to many rows in one transaction', async () => {
    const { runner } = batchRunnerOf(new Batches());
    await runner.run(rows(3), trace.current.progress);
    expect(trace.current.steps).toEqual([
      'begin',
      'take',
      'react to 3',
      'commit',
      ...['settled', 'settled', 'settled'],
    ]);
  });

  it('fails for the bad event only', async () => {
    const { runner } = batchRunnerOf(new Batches());
    const eight = rows(8, 5);
    await runner.run(eight, trace.current.progress);
    expect(trace.current.postponed).toMatchObject([{ row: eight[5], error: 'it is bad' }]);
    expect(trace.current.steps.filter((step) => step === 'settled')).toHaveLength(8);
  });

  it('leaves its rows to their leases while the database is away', async () => {
    const { runner } = batchRunnerOf(Object.assign(new Batches(), { fault: new Unavailable('away') }));
    await runner.run(rows(4), trace.current.progress);
    expect(trace.current.steps.filter((step) => step === 'begin')).toHaveLength(1);
    expect(trace.current.postponed).toEqual([]);
  });

  it('takes the fast path until an event makes it fail; then its rows are claimed', async () => {
    const { runner, fastPath } = batchRunnerOf(new Batches());
    const idle = () => new Promise<void>((resolve) => fastPath.onIdle(resolve));
    const claimed = () => [...runner.queues(() => 0)].map(({ id, slots, formerOnly }) => [id, slots, formerOnly]);
    trace.current.due = [recordedEvent()];
    let done = idle();
    fastPath.start();
    await done;
    expect(trace.current.steps).toEqual(['begin', 'take due', 'react to 1', 'commit']);
    expect(claimed()).toEqual([['things.batch', 500, true]]);
    trace.current.due = [recordedEvent({ data: { isBad: true } })];
    done = idle();
    fastPath.start();
    await done;
    expect(trace.current.steps.at(-1)).toBe('rollback');
    expect(claimed()).toEqual([['things.batch', 500, false]]);
  });

  it('does not take an event of an unknown type on the fast path', async () => {
    const { fastPath } = batchRunnerOf(new Batches());
    trace.current.due = [recordedEvent(), recordedEvent({ type: 'thing.unheard_of' })];
    const done = new Promise<void>((resolve) => fastPath.onIdle(resolve));
    fastPath.start();
    await done;
    expect(trace.current.steps).toEqual(['begin', 'take due', 'rollback']);
    expect(fastPath.isPaused('things.batch')).toBe(true);
  });
});

describe('a consumer with recipients', () => {
  const runnerFor = (consumer: Delivers) => {
    const { outbox, transactions, log } = (trace.current = new Trace());
    return new RecipientRunner(outbox, transactions, subscriptions, holding(consumer), log);
  };

  it('delivers each row on its own, frees the slot with the answer, and records the answers together', async () => {
    const runner = runnerFor(new Delivers());
    await runner.run(
      [claimedRow('things.deliver/a'), claimedRow('DeliversOfOld/b', { attempts: 2 })],
      trace.current.progress,
    );
    expect(trace.current.steps).toEqual([
      ...['deliver to a, attempt 1', 'deliver to b, attempt 2', 'answered', 'answered'],
      ...['begin', 'settle', 'record a: thanks,b: thanks', 'commit', 'settled', 'settled'],
    ]);
  });

  it('records nothing about a row that was claimed again meanwhile', async () => {
    const runner = runnerFor(new Delivers());
    const row = claimedRow('things.deliver/a');
    trace.current.overtaken.add(row);
    await runner.run([row], trace.current.progress);
    expect(trace.current.steps.slice(2)).toEqual(['begin', 'settle', 'commit', 'settled']);
  });

  it('leaves a row to its lease when the consumer itself fails', async () => {
    const runner = runnerFor(Object.assign(new Delivers(), { fault: new Error('no') }));
    await runner.run([claimedRow('things.deliver/a')], trace.current.progress);
    expect(trace.current.steps).toEqual(['deliver to a, attempt 1', 'answered', 'settled']);
  });

  it('records only successes once it was stopped', async () => {
    const consumer = new Delivers();
    const runner = runnerFor(consumer);
    runner.stop();
    await runner.run([claimedRow('things.deliver/a')], trace.current.progress);
    consumer.next = { kind: 'retry', seconds: 5, error: 'closed', counts: true };
    await runner.run([claimedRow('things.deliver/a')], trace.current.progress);
    expect(trace.current.settledWith).toEqual([{ kind: 'done' }]);
  });

  it('has a queue per recipient, which is offered more only when a quarter of its slots is free', () => {
    const runner = runnerFor(new Delivers());
    const offered = (busy: number) => [...runner.queues(() => busy)].map(({ id, slots }) => [id, slots]);
    const queues = [...runner.queues(() => 0)];
    expect(queues[0]).toEqual({ id: 'things.deliver/a', formerIds: ['DeliversOfOld/a'], slots: 8 });
    expect(offered(0)).toEqual([
      ['things.deliver/a', 8],
      ['things.deliver/b', 1],
    ]);
    expect(offered(6)).toEqual([['things.deliver/a', 2]]);
    expect(offered(7)).toEqual([]);
  });
});

it('an event of an unknown type stays queued, is logged, and is no attempt', async () => {
  const { outbox, log, progress, postponed, logged } = (trace.current = new Trace());
  const row = claimedRow('things.write', { event: recordedEvent({ type: 'thing.unheard_of' }) });
  await new UnknownEventRunner(outbox, log).run([row], progress);
  expect(postponed).toMatchObject([{ row, counts: false }]);
  expect(logged).toHaveLength(1);
});

it('ids from before a rename lead to the same consumer, and to the same queue', () => {
  for (const id of ['things.write', 'WritesOfOld']) {
    expect(subscriptions.currentId(id)).toBe('things.write');
    expect(subscriptions.isKnown(id)).toBe(true);
  }
  expect(subscriptions.currentId('DeliversOfOld/a')).toBe('things.deliver/a');
  for (const id of ['things.gone', 'things.gone/a', 'things.deliver', '/a', ''])
    expect(subscriptions.isKnown(id)).toBe(false);
});
