import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '#kernel/errors.js';
import { IdempotencyKeyInUse, IdempotencyKeyReused, Receipts, type Answer, type Claim, type Receipt } from '#ports/idempotency.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { violatedUnique } from '../database/database-errors.js';
import { connectionOf, plainArray, run, statement } from '../database/statement.js';

/** How long a repetition waits for the first request before it is told to come back. */
const PATIENCE_MS = 5_000;

// Takes an advisory lock per key without waiting (so one stuck key never stalls its neighbours in a batch), and looks
// for remembered answers. The locks fall with the transaction. Guard: the primary key, at the insert below; a repetition
// that slips through between another's commit and this snapshot fails there and is tried again. OFFSET 0 keeps the
// planner to one index lookup per key: a plan made while the table was small would go on hashing all of it.
const claim = statement(
  'idempotency-records.claim',
  `SELECT pg_try_advisory_xact_lock(k.lock) AS mine, r.request_hash, r.status, r.body, r.headers
   FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS k (id, lock, nth)
   LEFT JOIN LATERAL (SELECT request_hash, status, body, headers FROM idempotency_records WHERE id = k.id OFFSET 0) r ON true
   ORDER BY k.nth`,
);

const find = statement('idempotency-records.find', `SELECT true AS mine, request_hash, status, body, headers FROM idempotency_records WHERE id = $1`);

// Guard: idempotency_records_pkey. Whoever comes second with a key rolls back with everything it did.
const record = statement(
  'idempotency-records.record',
  `INSERT INTO idempotency_records (id, caller, key, request_hash, status, body, headers, lasting)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::text[], $7::json[], $8::boolean[])`,
);

interface Row {
  mine: boolean;
  request_hash: Buffer | null;
  status: number;
  body: string;
  headers: Record<string, string>;
}

@Injectable()
export class SqlReceipts extends Receipts {
  private readonly running = new Map<string, Promise<unknown>>();

  constructor(private readonly database: Database) {
    super();
  }

  override async once<Result>(receipt: Receipt<Result>, work: (tx: Tx) => Promise<Result>): Promise<Answer> {
    return this.alone(receipt, async () => {
      try {
        return await this.database.run((tx) => this.answerOnce(tx, receipt, work));
      } catch (error) {
        if (violatedUnique(error) === 'idempotency_records_pkey') return 'busy';
        throw error;
      }
    });
  }

  private async answerOnce<Result>(tx: Tx, receipt: Receipt<Result>, work: (tx: Tx) => Promise<Result>): Promise<Answer | 'busy'> {
    if (receipt.id === null) return receipt.answer({ result: await work(tx) });
    const [found] = await this.claim(tx, [receipt]);
    if (found!.state === 'busy') return 'busy';
    if (found!.state === 'reused') throw new IdempotencyKeyReused();
    if (found!.state === 'answered') return found!.answer;
    // The savepoint lets a final refusal be remembered without anything that the work had written before it refused.
    await connectionOf(tx).query({ text: 'SAVEPOINT work' });
    let answer: Answer;
    try {
      answer = receipt.answer({ result: await work(tx) });
    } catch (error) {
      if (!(error instanceof DomainError) || !error.isRemembered) throw error;
      await connectionOf(tx).query({ text: 'ROLLBACK TO SAVEPOINT work' });
      answer = receipt.answer({ refusal: error });
    }
    await this.record(tx, [{ receipt, answer }]);
    return answer;
  }

  override async find(receipt: Receipt<never>): Promise<Answer | null> {
    if (receipt.id === null) return null;
    const [row] = await this.database.read<Row>(find, [receipt.id]);
    if (!row) return null;
    const found = asClaim(row, receipt);
    if (found.state === 'reused') throw new IdempotencyKeyReused();
    return found.state === 'answered' ? found.answer : null;
  }

  override async alone<T>(receipt: Receipt<never>, work: () => Promise<T | 'busy'>): Promise<T> {
    const { id } = receipt;
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const first = id === null ? undefined : this.running.get(id);
      if (first) {
        await Promise.race([first.catch(() => undefined), sleep(Math.max(0, deadline - Date.now()), undefined, { ref: false })]);
        if (Date.now() >= deadline) throw new IdempotencyKeyInUse();
        continue;
      }
      const mine = work();
      if (id !== null) this.running.set(id, mine);
      let outcome: T | 'busy';
      try {
        outcome = await mine;
      } finally {
        if (id !== null) this.running.delete(id);
      }
      if (outcome !== 'busy') return outcome;
      // Another replica is at it.
      if (Date.now() + 50 >= deadline) throw new IdempotencyKeyInUse();
      await sleep(20 + Math.random() * 60);
    }
  }

  override async claim(tx: Tx, receipts: readonly Receipt<never>[]): Promise<Claim[]> {
    const rows = await run<Row>(tx, claim, [plainArray(receipts.map((r) => r.id)), plainArray(receipts.map((r) => lockOf(r.id!)))]);
    return rows.map((row, i) => asClaim(row, receipts[i]!));
  }

  override async record(tx: Tx, answers: readonly { receipt: Receipt<never>; answer: Answer }[]): Promise<void> {
    if (answers.length === 0) return;
    await run(tx, record, [
      plainArray(answers.map(({ receipt }) => receipt.id)),
      answers.map(({ receipt }) => receipt.caller),
      answers.map(({ receipt }) => receipt.key),
      answers.map(({ receipt }) => receipt.requestHash),
      plainArray(answers.map(({ answer }) => answer.status)),
      answers.map(({ answer }) => answer.body),
      answers.map(({ answer }) => JSON.stringify(answer.headers)),
      plainArray(answers.map(({ receipt }) => receipt.isLasting)),
    ]);
  }
}

function asClaim(row: Row, receipt: Receipt<never>): Claim {
  if (row.request_hash) {
    if (!row.request_hash.equals(receipt.requestHash)) return { state: 'reused' };
    return { state: 'answered', answer: { status: row.status, body: row.body, headers: row.headers, replayed: true } };
  }
  return { state: row.mine ? 'free' : 'busy' };
}

/** The advisory lock of a receipt: the first 64 bits of its id, which is a hash. */
function lockOf(id: string): string {
  return BigInt.asIntN(64, BigInt(`0x${id.replaceAll('-', '').slice(0, 16)}`)).toString();
}
