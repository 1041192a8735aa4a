import { Injectable } from '@nestjs/common';
import { DomainError } from '#kernel/errors.js';
import type { BatchUseCase, SharedUseCase } from '#ports/batch.js';
import {
  IdempotencyKeyReused,
  IdempotentRequests,
  type Answer,
  type BatchOptions,
  type IdempotentBatch,
  type IdempotentRequest,
  type Present,
} from '#ports/idempotency.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { violatedUnique } from '../database/database-errors.js';
import { GroupedRequests } from './grouped-requests.js';
import { IdempotencyRecords } from './idempotency-records.sql.js';
import { OneByOne } from './one-by-one.js';
import { withSavepoint } from './savepoint.js';
import { RunningKeys } from './running-keys.js';

/** Runs use cases as idempotent requests, each in one transaction with its record. */
@Injectable()
export class TransactionalRequests extends IdempotentRequests {
  private readonly keys = new RunningKeys();

  constructor(
    private readonly database: Database,
    private readonly records: IdempotencyRecords,
  ) {
    super();
  }

  override once<Result>(
    request: IdempotentRequest,
    work: (tx: Tx) => Promise<Result>,
    present: Present<Result>,
  ): Promise<Answer> {
    return this.keys.alone(request, async () => {
      try {
        return await this.database.run((tx) => this.answerOnce(tx, request, work, present));
      } catch (error) {
        if (violatedUnique(error) === 'idempotency_records_pkey') return 'busy';
        throw error;
      }
    });
  }

  override async onceAfter<Prepared, Result>(
    request: IdempotentRequest,
    prepare: () => Promise<Prepared>,
    work: (tx: Tx, prepared: Prepared) => Promise<Result>,
    present: Present<Result>,
  ): Promise<Answer> {
    const remembered = await this.find(request);
    if (remembered) return remembered;
    try {
      const prepared = await prepare();
      return await this.once(request, (tx) => work(tx, prepared), present);
    } catch (refusal) {
      if (!(refusal instanceof DomainError) || !refusal.isRemembered) throw refusal;
      return this.once<Result>(request, () => Promise.reject(refusal), present);
    }
  }

  override batch<Input, Result, Locked>(
    useCase: BatchUseCase<Input, Result, Locked>,
    present: Present<Result>,
    options: BatchOptions,
  ): IdempotentBatch<Input> {
    return new GroupedRequests(this.database, this.records, this.keys, useCase, present, options);
  }

  override shared<Input, Result>(
    useCase: SharedUseCase<Input, Result>,
    present: Present<Result>,
    options: BatchOptions,
  ): IdempotentBatch<Input> {
    return this.batch(new OneByOne(useCase), present, options);
  }

  private async find(request: IdempotentRequest): Promise<Answer | null> {
    if (request.id === null) return null;
    const found = await this.records.find(request);
    if (found.state === 'reused') throw new IdempotencyKeyReused();
    return found.state === 'answered' ? found.answer : null;
  }

  private async answerOnce<Result>(
    tx: Tx,
    request: IdempotentRequest,
    work: (tx: Tx) => Promise<Result>,
    present: Present<Result>,
  ): Promise<Answer | 'busy'> {
    if (request.id === null) return present(await work(tx));
    const [found] = await this.records.claim(tx, [request]);
    if (found!.state === 'busy') return 'busy';
    if (found!.state === 'reused') throw new IdempotencyKeyReused();
    if (found!.state === 'answered') return found!.answer;
    let answer: Answer;
    try {
      answer = present(await withSavepoint(tx, () => work(tx)));
    } catch (error) {
      if (!(error instanceof DomainError) || !error.isRemembered) throw error;
      answer = request.refused(error);
    }
    this.records.record(tx, [{ request, answer }]);
    return answer;
  }
}
