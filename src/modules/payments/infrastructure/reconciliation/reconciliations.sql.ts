import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { count, run, statement } from '#platform/database/statement.js';
import { Reconciliations } from '../../application/reconciliation/reconciliations.js';
import type { Discrepancy, Reconciliation, Report, RunStatus } from '../../domain/reconciliation.js';

const columns = `id, provider, slot, window_from, window_to, status, report, error, created_at, finished_at`;

const list = statement(
  'reconciliations.list',
  `SELECT ${columns} FROM reconciliations WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
);
const find = statement('reconciliations.find', `SELECT ${columns} FROM reconciliations WHERE id = $1`);

// Locks one run, after the orders and payments that it heals.
const lock = statement(
  'reconciliations.lock',
  `SELECT ${columns} FROM reconciliations WHERE id = $1 FOR NO KEY UPDATE`,
);

// Guard: reconciliations_slot_unique; who comes second to a turn writes nothing.
const insert = statement(
  'reconciliations.insert',
  `INSERT INTO reconciliations (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
   ON CONFLICT ON CONSTRAINT reconciliations_slot_unique DO NOTHING`,
);
const save = statement(
  'reconciliations.save',
  `UPDATE reconciliations SET status = $2, report = $3, error = $4, finished_at = $5 WHERE id = $1 AND status <> 'finished'`,
);

const discrepancies = statement(
  'reconciliations.discrepancies',
  `SELECT id, class, payment_id, order_id, reference, detail, outcome, effect FROM reconciliation_discrepancies
   WHERE reconciliation_id = $1 ORDER BY id LIMIT $2`,
);
const insertDiscrepancies = statement(
  'reconciliations.insert-discrepancies',
  `INSERT INTO reconciliation_discrepancies (reconciliation_id, id, class, payment_id, order_id, reference, detail, outcome)
   SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])`,
);
// The run is locked, so the last one to be settled knows that it is.
const settle = statement(
  'reconciliations.settle-discrepancy',
  `UPDATE reconciliation_discrepancies SET outcome = $2, effect = $3 WHERE id = $1`,
);
const isResolving = statement(
  'reconciliations.is-resolving',
  `SELECT EXISTS (SELECT FROM reconciliation_discrepancies WHERE reconciliation_id = $1 AND outcome = 'pending') AS resolving`,
);
const outcomes = statement(
  'reconciliations.outcomes',
  `SELECT count(*) FILTER (WHERE outcome = 'healed') AS healed, count(*) FILTER (WHERE outcome = 'open') AS open
   FROM reconciliation_discrepancies WHERE reconciliation_id = $1`,
);

interface Row {
  id: string;
  provider: string;
  slot: number | null;
  window_from: Date;
  window_to: Date;
  status: RunStatus;
  report: Report | null;
  error: string | null;
  created_at: Date;
  finished_at: Date | null;
}

interface DiscrepancyRow {
  id: string;
  class: Discrepancy['class'];
  payment_id: string | null;
  order_id: string | null;
  reference: string | null;
  detail: string;
  outcome: Discrepancy['outcome'];
  effect: string | null;
}

@Injectable()
export class SqlReconciliations extends Reconciliations {
  constructor(private readonly database: Database) {
    super();
  }

  override async list(afterId: string | null, limit: number): Promise<Reconciliation[]> {
    return (await this.database.read<Row>(list, [limit + 1, afterId])).map(reconciliation);
  }

  override async find(id: string): Promise<Reconciliation | null> {
    const [row] = await this.database.read<Row>(find, [id]);
    return row ? reconciliation(row) : null;
  }

  override async discrepancies(id: string, limit: number): Promise<Discrepancy[]> {
    const rows = await this.database.read<DiscrepancyRow>(discrepancies, [id, limit]);
    return rows.map(({ payment_id: paymentId, order_id: orderId, ...row }) => ({ ...row, paymentId, orderId }));
  }

  override async insert(tx: Tx, r: Reconciliation): Promise<boolean> {
    const report = r.report && JSON.stringify(r.report);
    return (
      (await count(tx, insert, [
        r.id,
        r.provider,
        r.slot,
        r.from,
        r.to,
        r.status,
        report,
        r.error,
        r.createdAt,
        r.finishedAt,
      ])) === 1
    );
  }

  override async lock(tx: Tx, id: string): Promise<Reconciliation | null> {
    const [row] = await run<Row>(tx, lock, [id]);
    return row ? reconciliation(row) : null;
  }

  override async save(tx: Tx, r: Reconciliation): Promise<void> {
    await run(tx, save, [r.id, r.status, r.report && JSON.stringify(r.report), r.error, r.finishedAt]);
  }

  override async insertDiscrepancies(tx: Tx, runId: string, found: readonly Discrepancy[]): Promise<void> {
    if (found.length === 0) return;
    await run(tx, insertDiscrepancies, [
      runId,
      found.map((d) => d.id),
      found.map((d) => d.class),
      found.map((d) => d.paymentId),
      found.map((d) => d.orderId),
      found.map((d) => d.reference),
      found.map((d) => d.detail),
      found.map((d) => d.outcome),
    ]);
  }

  override async settleDiscrepancy(tx: Tx, id: string, outcome: Discrepancy['outcome'], effect: string): Promise<void> {
    await run(tx, settle, [id, outcome, effect]);
  }

  override async isResolving(tx: Tx, runId: string): Promise<boolean> {
    return (await run<{ resolving: boolean }>(tx, isResolving, [runId]))[0]!.resolving;
  }

  override async outcomes(tx: Tx, runId: string): Promise<{ healed: number; open: number }> {
    return (await run<{ healed: number; open: number }>(tx, outcomes, [runId]))[0]!;
  }
}

function reconciliation(row: Row): Reconciliation {
  return {
    id: row.id,
    provider: row.provider,
    slot: row.slot,
    from: row.window_from,
    to: row.window_to,
    status: row.status,
    report: row.report,
    error: row.error,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
