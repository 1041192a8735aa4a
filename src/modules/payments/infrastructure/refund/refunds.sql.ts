import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import { Refunds } from '../../application/refunds.js';
import type { PaymentError } from '../../domain/payment.js';
import type { Refund } from '../../domain/refund.js';

export const refundColumns = `r.id, r.payment_id, r.amount, p.currency, r.reason, r.status, r.provider_reference, r.last_error, r.created_at, r.updated_at`;
export const refundSource = `refunds r JOIN payments p ON p.id = r.payment_id`;

const list = statement(
  'refunds.list',
  `SELECT ${refundColumns} FROM ${refundSource} WHERE r.payment_id = $1 AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
);
const find = statement('refunds.find', `SELECT ${refundColumns} FROM ${refundSource} WHERE r.id = $1`);
const findByReference = statement(
  'refunds.find-by-reference',
  `SELECT id FROM refunds WHERE payment_id = $1 AND provider_reference = $2`,
);
const ownerOf = statement('refunds.owner', `SELECT p.id, p.order_id FROM ${refundSource} WHERE r.id = $1`);

const countFailed = statement(
  'refunds.count-failed',
  `SELECT count(*) AS failed FROM refunds WHERE payment_id = $1 AND status = 'failed'`,
);

// The payment is locked, so none can be added or settled meanwhile.
const requested = statement(
  'refunds.requested',
  `SELECT id FROM refunds WHERE payment_id = $1 AND status = 'requested' AND amount = $2 ORDER BY id LIMIT 1`,
);

// Locks one refund, after its payment.
const lock = statement(
  'refunds.lock',
  `SELECT ${refundColumns} FROM ${refundSource} WHERE r.id = $1 FOR NO KEY UPDATE OF r`,
);

// The payment is locked. Guard: refunds_provider_reference_unique, and payments_amounts_in_order on its payment.
const insert = statement(
  'refunds.insert',
  `INSERT INTO refunds (id, payment_id, amount, reason, status, provider_reference, last_error, created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

// The row is locked. Guard: a failed refund stays failed.
const save = statement(
  'refunds.save',
  `UPDATE refunds SET status = $2, provider_reference = $3, last_error = $4, updated_at = $5 WHERE id = $1 AND status <> 'failed'`,
);

export interface RefundRow {
  id: string;
  payment_id: string;
  amount: number;
  currency: string;
  reason: string | null;
  status: Refund['status'];
  provider_reference: string | null;
  last_error: PaymentError | null;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlRefunds extends Refunds {
  constructor(private readonly database: Database) {
    super();
  }

  override async listOfPayment(paymentId: string, afterId: string | null, limit: number): Promise<Refund[]> {
    return (await this.database.read<RefundRow>(list, [paymentId, afterId, limit + 1])).map(refund);
  }

  override async find(id: string): Promise<Refund | null> {
    return first(await this.database.read<RefundRow>(find, [id]), refund);
  }

  override async findByReference(tx: Tx, paymentId: string, reference: string): Promise<string | null> {
    return first(await run<{ id: string }>(tx, findByReference, [paymentId, reference]), (row) => row.id);
  }

  override async findRequested(tx: Tx, paymentId: string, amount: number): Promise<string | null> {
    return first(await run<{ id: string }>(tx, requested, [paymentId, amount]), (row) => row.id);
  }

  override async ownerOf(tx: Tx, id: string): Promise<{ paymentId: string; orderId: string | null } | null> {
    return first(await run<{ id: string; order_id: string | null }>(tx, ownerOf, [id]), (row) => ({
      paymentId: row.id,
      orderId: row.order_id,
    }));
  }

  override async countFailed(tx: Tx, paymentId: string): Promise<number> {
    return (await run<{ failed: number }>(tx, countFailed, [paymentId]))[0]!.failed;
  }

  override async lock(tx: Tx, id: string): Promise<Refund | null> {
    return first(await run<RefundRow>(tx, lock, [id]), refund);
  }

  override async insert(tx: Tx, r: Refund): Promise<void> {
    const error = r.lastError && JSON.stringify(r.lastError);
    await run(tx, insert, [
      r.id,
      r.paymentId,
      r.amount,
      r.reason,
      r.status,
      r.providerReference,
      error,
      r.createdAt,
      r.updatedAt,
    ]);
  }

  override async save(tx: Tx, r: Refund): Promise<void> {
    const saved = await count(tx, save, [
      r.id,
      r.status,
      r.providerReference,
      r.lastError && JSON.stringify(r.lastError),
      r.updatedAt,
    ]);
    if (saved !== 1) throw new Error(`Refund ${r.id} was changed without its lock`);
  }
}

export function refund(row: RefundRow): Refund {
  return {
    id: row.id,
    paymentId: row.payment_id,
    amount: row.amount,
    currency: row.currency,
    reason: row.reason,
    status: row.status,
    providerReference: row.provider_reference,
    lastError: row.last_error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
