import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { uuids } from '#platform/database/array-parameters.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import { Disputes } from '../../application/disputes.js';
import type { Dispute, DisputeFunds, DisputeState } from '../../domain/dispute.js';

const columns = `id, payment_id, provider_reference, amount, reason, status, funds, evidence_due_at, created_at, updated_at`;

export const disputeSource = `SELECT ${columns
  .split(', ')
  .map((column) => `d.${column}`)
  .join(', ')} FROM disputes d`;

const ofPayments = statement(
  'disputes.of-payments',
  `SELECT ${columns} FROM disputes WHERE payment_id = ANY($1::uuid[]) ORDER BY payment_id, id`,
);
// Its payment is locked, which is what puts messages about it in line.
const findByReference = statement(
  'disputes.find-by-reference',
  `SELECT ${columns} FROM disputes WHERE provider_reference = $1`,
);
// The payment is locked. Guard: disputes_provider_reference_unique.
const insert = statement(
  'disputes.insert',
  `INSERT INTO disputes (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
// The payment is locked. Guard: a decision stays, disputes_lost_money_is_gone.
const save = statement(
  'disputes.save',
  `UPDATE disputes SET status = $2, funds = $3, evidence_due_at = $4, updated_at = $5
   WHERE id = $1 AND (status = 'open' OR status = $2)`,
);

export interface DisputeRow {
  id: string;
  payment_id: string;
  provider_reference: string;
  amount: number;
  reason: string;
  status: DisputeState;
  funds: DisputeFunds;
  evidence_due_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlDisputes extends Disputes {
  constructor(private readonly database: Database) {
    super();
  }

  override async ofPayments(paymentIds: readonly string[]): Promise<ReadonlyMap<string, readonly Dispute[]>> {
    const found = new Map<string, Dispute[]>();
    if (paymentIds.length === 0) return found;
    for (const row of await this.database.read<DisputeRow>(ofPayments, [uuids(paymentIds)]))
      found.set(row.payment_id, [...(found.get(row.payment_id) ?? []), dispute(row)]);
    return found;
  }

  override async findByReference(tx: Tx, reference: string): Promise<Dispute | null> {
    return first(await run<DisputeRow>(tx, findByReference, [reference]), dispute);
  }

  override async insert(tx: Tx, d: Dispute): Promise<void> {
    const { id, paymentId, providerReference, amount, reason, status, funds, evidenceDueAt, createdAt, updatedAt } = d;
    const values = [
      id,
      paymentId,
      providerReference,
      amount,
      reason,
      status,
      funds,
      evidenceDueAt,
      createdAt,
      updatedAt,
    ];
    await run(tx, insert, values);
  }

  override async save(tx: Tx, { id, status, funds, evidenceDueAt, updatedAt }: Dispute): Promise<void> {
    const saved = await count(tx, save, [id, status, funds, evidenceDueAt, updatedAt]);
    if (saved !== 1) throw new Error(`Dispute ${id} was changed without its payment's lock`);
  }
}

export function dispute(row: DisputeRow): Dispute {
  return {
    id: row.id,
    paymentId: row.payment_id,
    providerReference: row.provider_reference,
    amount: row.amount,
    reason: row.reason,
    status: row.status,
    funds: row.funds,
    evidenceDueAt: row.evidence_due_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
