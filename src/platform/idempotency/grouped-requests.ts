import { DomainError } from '#kernel/errors.js';
import { GroupCommit } from '#kernel/group-commit.js';
import type { BatchUseCase } from '#ports/batch.js';
import {
  IdempotencyKeyReused,
  type Answer,
  type BatchOptions,
  type IdempotentBatch,
  type IdempotentRequest,
  type Present,
} from '#ports/idempotency.js';
import { together, type Transactions, type Tx } from '#ports/tx.js';
import type { Claim, IdempotencyRecords } from './idempotency-records.sql.js';
import type { RunningKeys } from './running-keys.js';

/** A refusal that is not remembered is thrown to its caller alone. */
type Settled = Answer | 'busy' | DomainError;

interface Member<Input> {
  readonly request: IdempotentRequest;
  readonly input: Input;
}

/**
 * Requests that arrive while a transaction is under way are executed together in the next one. One transaction per batch;
 * the keys are claimed first (never waited for), then the use case takes its locks. Guard: idempotency_records_pkey.
 */
export class GroupedRequests<Input, Result, Locked> implements IdempotentBatch<Input> {
  private readonly queue: GroupCommit<Member<Input>, Settled>;

  constructor(
    private readonly transactions: Transactions,
    private readonly records: IdempotencyRecords,
    private readonly keys: RunningKeys,
    private readonly useCase: BatchUseCase<Input, Result, Locked>,
    private readonly present: Present<Result>,
    private readonly options: BatchOptions,
  ) {
    const { maxBatch, lanes, spareLaneAfterMs, maxWaiting, lockTimeoutAfterAbortMs } = options;
    this.queue = new GroupCommit({
      maxBatch,
      lanes,
      spareLaneAfterMs,
      maxWaiting,
      maxSingleTries: 2,
      // Without a key there is nothing by which a request that was executed would be known again.
      mayRepeat: ({ request }) => request.id !== null,
      commit: (batch, afterAbort) => this.commit(batch, afterAbort ? lockTimeoutAfterAbortMs : undefined),
      onBatch: (size) => options.onBatch(size),
      onAbort: () => options.onAbort?.(),
    });
  }

  submit(request: IdempotentRequest, input: Input): Promise<Answer> {
    return this.keys.alone(request, async () => {
      const settled = await this.queue.submit({ request, input });
      if (settled instanceof DomainError) throw settled;
      return settled;
    });
  }

  get waitingCount(): number {
    return this.queue.waitingCount;
  }

  stop(): Promise<void> {
    return this.queue.stop();
  }

  private async commit(batch: readonly Member<Input>[], lockTimeoutMs?: number): Promise<Settled[]> {
    const answers = await this.transactions.run(
      async (tx) => {
        const answered = await this.executeIn(tx, batch, lockTimeoutMs);
        this.options.beforeCommit();
        return answered;
      },
      { readsFirst: true },
    );
    this.options.afterCommit();
    return answers;
  }

  private async executeIn(tx: Tx, batch: readonly Member<Input>[], lockTimeoutMs?: number): Promise<Settled[]> {
    // What turns out to be a replay has locked its rows in vain.
    const [claims, locked] = await together(
      () =>
        this.records.claim(
          tx,
          batch.map(({ request }) => request),
        ),
      () =>
        this.useCase.lock(
          tx,
          batch.map(({ input }) => input),
          lockTimeoutMs,
        ),
    );
    const free = batch.filter((_, i) => claims[i]!.state === 'free');
    const decided = free.length > 0 ? await this.decide(tx, free, locked) : new Map<Member<Input>, Settled>();
    return batch.map((member, i) => decided.get(member) ?? remembered(claims[i]!, member.request));
  }

  private async decide(
    tx: Tx,
    members: readonly Member<Input>[],
    locked: Locked,
  ): Promise<Map<Member<Input>, Settled>> {
    const { outcomes, write } = await this.useCase.decide(
      tx,
      members.map(({ input }) => input),
      locked,
    );
    const settled = new Map(members.map((member, i) => [member, this.settled(member.request, outcomes[i]!)]));
    await write();
    this.records.record(
      tx,
      members.flatMap((member) => {
        const answer = settled.get(member)!;
        return answer instanceof DomainError ? [] : [{ request: member.request, answer }];
      }),
    );
    return settled;
  }

  private settled(request: IdempotentRequest, outcome: Result | DomainError): Answer | DomainError {
    const isRefused = outcome instanceof DomainError;
    this.options.onOutcome?.(isRefused ? outcome.code : 'placed');
    if (!isRefused) return this.present(outcome);
    return outcome.isRemembered ? request.refused(outcome) : outcome;
  }
}

function remembered(claim: Claim, request: IdempotentRequest): Settled {
  if (claim.state === 'answered') return claim.answer;
  if (claim.state === 'reused') return request.refused(new IdempotencyKeyReused());
  return 'busy';
}
