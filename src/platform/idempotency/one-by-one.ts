import { Busy, DomainError, Unavailable } from '#kernel/errors.js';
import type { BatchDecision, BatchUseCase, SharedUseCase } from '#ports/batch.js';
import type { Tx } from '#ports/tx.js';
import { attempt } from '../database/statement.js';
import { withSavepoint } from './savepoint.js';

/**
 * A batch whose members are decided on one after the other; what they write is gathered by the transaction. One that is refused after
 * something of it has left rolls the batch back, and is then tried alone.
 */
export class OneByOne<Input, Result> implements BatchUseCase<Input, Result, void> {
  constructor(private readonly useCase: SharedUseCase<Input, Result>) {}

  lock(tx: Tx, inputs: readonly Input[], lockTimeoutMs?: number): Promise<void> {
    return this.useCase.lockAhead(tx, inputs, lockTimeoutMs);
  }

  async decide(tx: Tx, inputs: readonly Input[]): Promise<BatchDecision<Result>> {
    const outcomes: (Result | DomainError)[] = [];
    for (const input of inputs) {
      const execute = () => this.useCase.execute(tx, input);
      outcomes.push(
        await orRefusal(() => (inputs.length > 1 ? attempt(tx, execute, isRefusal) : withSavepoint(tx, execute))),
      );
    }
    return { outcomes, write: async () => undefined };
  }
}

async function orRefusal<Result>(work: () => Promise<Result>): Promise<Result | DomainError> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}

/** What the database cannot do at the moment is no answer to a single member. */
function isRefusal(error: unknown): error is DomainError {
  return error instanceof DomainError && !(error instanceof Unavailable) && !(error instanceof Busy);
}
