import { Injectable } from '@nestjs/common';
import type { Answer, IdempotentRequest } from '#ports/idempotency.js';
import { Sealing } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '../database/database.js';
import { bigints, booleans, byteas, int2s, jsons, texts, uuids } from '../database/array-parameters.js';
import { ranks, type GatheredWrite } from '../database/gathered-writes.js';
import { gather, run, statement } from '../database/statement.js';

// Takes an advisory lock per key without waiting (so one stuck key never stalls its neighbours in a batch), and looks
// for remembered answers. The locks fall with the transaction. Guard: the primary key, at the insert below; a repetition
// that slips through between another's commit and this snapshot fails there and is tried again. OFFSET 0 keeps the
// planner to one index lookup per key: a plan made while the table was small would go on hashing all of it.
const claim = statement(
  'idempotency-records.claim',
  `SELECT pg_try_advisory_xact_lock(k.lock) AS mine, r.request_hash, r.status, r.body, r.headers, r.sealed_for
   FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS k (id, lock, nth)
   LEFT JOIN LATERAL (SELECT request_hash, status, body, headers, sealed_for FROM idempotency_records WHERE id = k.id OFFSET 0) r ON true
   ORDER BY k.nth`,
);

const find = statement(
  'idempotency-records.find',
  `SELECT true AS mine, request_hash, status, body, headers, sealed_for FROM idempotency_records WHERE id = $1`,
);

// Guard: idempotency_records_pkey. The second transaction with a key rolls back with everything it did.
const record = statement(
  'idempotency-records.record',
  `INSERT INTO idempotency_records (id, caller, key, request_hash, status, body, headers, lasting)
   SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::text[], $7::json[], $8::boolean[])`,
);

const recording: GatheredWrite<AnsweredRequest & { readonly body: string }> = {
  rank: ranks.records,
  statement: (answered) => [
    record,
    [
      uuids(answered.map(({ request }) => request.id)),
      texts(answered.map(({ request }) => request.caller)),
      texts(answered.map(({ request }) => request.key)),
      byteas(answered.map(({ request }) => request.requestHash)),
      int2s(answered.map(({ answer }) => answer.status)),
      texts(answered.map(({ body }) => body)),
      jsons(answered.map(({ answer }) => JSON.stringify(answer.headers))),
      booleans(answered.map(({ request }) => request.isLasting)),
    ],
  ],
};

export type Claim =
  | { readonly state: 'free' }
  | { readonly state: 'answered'; readonly answer: Answer }
  | { readonly state: 'reused' }
  | { readonly state: 'busy' };

export interface AnsweredRequest {
  readonly request: IdempotentRequest;
  readonly answer: Answer;
}

interface Row {
  mine: boolean;
  request_hash: Buffer | null;
  status: number;
  body: string;
  headers: Record<string, string>;
  /** The id that the record had when its body was sealed, where it was another. */
  sealed_for: string | null;
}

/** The remembered answers of requests, written in the transaction that does the work. */
@Injectable()
export class IdempotencyRecords {
  constructor(
    private readonly database: Database,
    private readonly sealing: Sealing,
  ) {}

  async find(request: IdempotentRequest): Promise<Claim> {
    const [row] = await this.database.read<Row>(find, [request.id]);
    return row ? this.claimOf(row, request) : { state: 'free' };
  }

  /** Claims every key for this transaction without waiting for another; a request without a key is free. */
  async claim(tx: Tx, requests: readonly IdempotentRequest[]): Promise<Claim[]> {
    const keyed = requests.filter(({ id }) => id !== null);
    if (keyed.length === 0) return requests.map(() => ({ state: 'free' }));
    const rows = await run<Row>(tx, claim, [
      uuids(keyed.map(({ id }) => id)),
      bigints(keyed.map(({ id }) => lockOf(id!))),
    ]);
    let nth = 0;
    return requests.map((request) => (request.id === null ? { state: 'free' } : this.claimOf(rows[nth++]!, request)));
  }

  /** Remembers the answers of keys that this transaction has claimed. */
  record(tx: Tx, answered: readonly AnsweredRequest[]): void {
    for (const { request, answer } of answered)
      if (request.id !== null) gather(tx, recording, { request, answer, body: this.stored(request, answer) });
  }

  private stored({ id }: IdempotentRequest, { body, isSecret }: Answer): string {
    return isSecret ? this.sealing.seal(body, contextOf(id)) : body;
  }

  private claimOf(row: Row, request: IdempotentRequest): Claim {
    if (!row.request_hash) return { state: row.mine ? 'free' : 'busy' };
    if (!row.request_hash.equals(request.requestHash)) return { state: 'reused' };
    const { status, headers } = row;
    const body = this.sealing.open(row.body, contextOf(row.sealed_for ?? request.id));
    return { state: 'answered', answer: { status, body, headers, replayed: true } };
  }
}

function contextOf(id: string | null): string {
  return `idempotency_records.body/${id}`;
}

/** The advisory lock of a record: the first 64 bits of its id, which is a hash. */
function lockOf(id: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${id.replaceAll('-', '').slice(0, 16)}`));
}
