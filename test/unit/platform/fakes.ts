import type { ModuleRef } from '@nestjs/core';
import type { NextStep } from '#ports/consumers.js';
import type { RecordedEvent } from '#ports/events.js';
import { Transactions, type Tx } from '#ports/tx.js';
import type { Outbox, ClaimedRow, SettledRow } from '#platform/outbox/outbox.sql.js';
import type { Progress } from '#platform/outbox/runner.js';
import type { Log } from '#platform/telemetry/log.js';

export function recordedEvent(changes: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    type: 'thing.happened',
    id: '01939d00-0000-7000-8000-000000000001',
    subject: { type: 'thing', id: '01939d00-0000-7000-8000-000000000002' },
    sequence: 1,
    data: {},
    occurredAt: new Date('2026-01-01T00:00:00Z'),
    requestId: null,
    causedBy: null,
    actor: null,
    ...changes,
  };
}

let rows = 0;
export function claimedRow(subscriber: string, changes: Partial<Omit<ClaimedRow, 'subscriber'>> = {}): ClaimedRow {
  const id = ++rows;
  return { id, fence: id, subscriber, attempts: 1, event: recordedEvent(), ...changes };
}

/** What a runner does with the database and with its claimed rows, in order. */
export class Trace {
  readonly steps: string[] = [];
  /** Rows that were claimed again meanwhile. */
  readonly overtaken = new Set<ClaimedRow>();
  readonly postponed: { row: ClaimedRow; seconds: number; error: string; counts: boolean }[] = [];
  readonly dead: { row: ClaimedRow; error: string }[] = [];
  readonly settledWith: NextStep[] = [];
  readonly logged: string[] = [];
  due: RecordedEvent[] = [];

  readonly transactions = new FakeTransactions(this.steps);
  readonly progress: Progress = {
    answered: () => void this.steps.push('answered'),
    settled: () => void this.steps.push('settled'),
  };
  readonly log = {
    warn: (_: unknown, text: string) => void this.logged.push(text),
    error: (_: unknown, text: string) => void this.logged.push(text),
  } as unknown as Log;
  readonly outbox = {
    take: async (_: Tx, taken: ClaimedRow[]) => {
      this.steps.push('take');
      return taken.filter((row) => !this.overtaken.has(row));
    },
    takeDue: async () => {
      this.steps.push('take due');
      return this.due.splice(0);
    },
    postpone: async (row: ClaimedRow, seconds: number, error: string, counts = true) => {
      this.postponed.push({ row, seconds, error, counts });
    },
    moveToDeadLetters: async (_: Tx, row: ClaimedRow, error: string) => {
      this.steps.push('dead letter');
      this.dead.push({ row, error });
      return !this.overtaken.has(row);
    },
    settle: async (_: Tx, settled: SettledRow[]) => {
      this.steps.push('settle');
      this.settledWith.push(...settled.map(({ next }) => next));
      return settled.map(({ row }) => row).filter((row) => !this.overtaken.has(row));
    },
  } as unknown as Outbox;
}

export class FakeTransactions extends Transactions {
  constructor(private readonly steps: string[]) {
    super();
  }

  override async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    this.steps.push('begin');
    try {
      const result = await work({} as Tx);
      this.steps.push('commit');
      return result;
    } catch (error) {
      this.steps.push('rollback');
      throw error;
    }
  }
}

/** Every class is answered with this instance. */
export function holding(instance: object): ModuleRef {
  return { get: () => instance } as unknown as ModuleRef;
}
