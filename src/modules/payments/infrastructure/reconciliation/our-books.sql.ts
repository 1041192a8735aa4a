import { Injectable } from '@nestjs/common';
import { Sealing } from '#ports/sealing.js';
import { Database } from '#platform/database/database.js';
import { statement } from '#platform/database/statement.js';
import type { Window } from '../../application/payment-provider.js';
import { OurBooks, type BookedPayment } from '../../application/reconciliation/reconciliations.js';
import type { Dispute } from '../../domain/dispute.js';
import type { Refund } from '../../domain/refund.js';
import { payment, paymentColumns, type PaymentRow } from '../payment/payment-rows.js';
import { dispute, disputeSource, type DisputeRow } from '../dispute/disputes.sql.js';
import { refund, refundColumns, refundSource, type RefundRow } from '../refund/refunds.sql.js';

// Read together with the payment, so that nothing can be settled in between. Reactions whose time has come are under way;
// one that only looks after what was cut short waits for its time unseen. Messages to merchants and posted outcomes say nothing about a payment:
// they may wait for days. OFFSET 0 keeps the planner to the index however small the queue was when it planned.
const bookedColumns = `${paymentColumns},
  EXISTS (SELECT FROM events e
          CROSS JOIN LATERAL (SELECT subscriber, attempts, due_at FROM outbox WHERE event_id = e.id OFFSET 0) o
          WHERE e.subject_id = p.id AND e.type <> 'payment.outcome_decided' AND strpos(o.subscriber, '/') = 0 AND (o.attempts > 0 OR o.due_at <= now())) AS under_way,
  EXISTS (SELECT FROM payments other WHERE other.order_id = p.order_id AND other.id <> p.id AND other.status = 'succeeded' AND NOT other.superseded) AS paid_by_another`;

// Reads only, none of them locks. Pages are keyed by id, which is made in the order of time.
const created = statement(
  'books.payments-created',
  `SELECT ${bookedColumns} FROM payments p
   WHERE p.provider = $1 AND p.created_at BETWEEN $2 AND $3 AND ($4::uuid IS NULL OR p.id > $4) ORDER BY p.id LIMIT $5`,
);
const byReference = statement(
  'books.payments-by-reference',
  `SELECT ${bookedColumns} FROM payments p WHERE p.provider = $1 AND p.provider_reference = ANY($2::text[])`,
);
const byId = statement('books.payments', `SELECT ${bookedColumns} FROM payments p WHERE p.id = ANY($1::uuid[])`);
const overdue = statement(
  'books.overdue',
  `SELECT ${bookedColumns} FROM payments p
   WHERE p.provider = $1 AND p.updated_at < $2
     AND p.status IN ('requires_action', 'processing', 'requires_capture')
   ORDER BY p.updated_at LIMIT $3`,
);
const refunds = statement(
  'books.refunds',
  `SELECT ${refundColumns} FROM ${refundSource} WHERE r.id = ANY($1::uuid[]) OR r.provider_reference = ANY($2::text[])`,
);
const unanswered = statement(
  'books.unanswered-refunds',
  `SELECT ${refundColumns} FROM ${refundSource} WHERE p.provider = $1 AND r.status = 'pending' AND r.updated_at < $2 ORDER BY r.id LIMIT $3`,
);
const refundSums = statement(
  'books.refund-sums',
  `SELECT p.currency, sum(r.amount)::bigint AS refunded FROM refunds r JOIN payments p ON p.id = r.payment_id
   WHERE p.provider = $1 AND r.status <> 'failed' AND r.created_at BETWEEN $2 AND $3 GROUP BY 1`,
);
// By disputes_provider_reference_unique, and by disputes_open.
const disputes = statement('books.disputes', `${disputeSource} WHERE d.provider_reference = ANY($1::text[])`);
const openDisputes = statement(
  'books.open-disputes',
  `${disputeSource} JOIN payments p ON p.id = d.payment_id WHERE p.provider = $1 AND d.status = 'open' ORDER BY d.updated_at LIMIT $2`,
);

interface BookedRow extends PaymentRow {
  under_way: boolean;
  paid_by_another: boolean;
}

@Injectable()
export class SqlOurBooks extends OurBooks {
  private readonly booked = (row: BookedRow): BookedPayment => ({
    payment: payment(row, this.sealing),
    isUnderWay: row.under_way,
    isPaidByAnother: row.paid_by_another,
  });

  constructor(
    private readonly database: Database,
    private readonly sealing: Sealing,
  ) {
    super();
  }

  override async paymentsCreated(
    provider: string,
    { from, to }: Window,
    afterId: string | null,
    limit: number,
  ): Promise<BookedPayment[]> {
    return (await this.database.read<BookedRow>(created, [provider, from, to, afterId, limit])).map(this.booked);
  }

  override async paymentsByReference(provider: string, references: readonly string[]): Promise<BookedPayment[]> {
    return references.length === 0
      ? []
      : (await this.database.read<BookedRow>(byReference, [provider, references])).map(this.booked);
  }

  override async payments(ids: readonly string[]): Promise<BookedPayment[]> {
    return ids.length === 0 ? [] : (await this.database.read<BookedRow>(byId, [ids])).map(this.booked);
  }

  override async overdue(provider: string, before: Date, limit: number): Promise<BookedPayment[]> {
    return (await this.database.read<BookedRow>(overdue, [provider, before, limit])).map(this.booked);
  }

  override async refunds(ids: readonly string[], references: readonly string[]): Promise<Refund[]> {
    return (await this.database.read<RefundRow>(refunds, [ids, references])).map(refund);
  }

  override async unansweredRefunds(provider: string, before: Date, limit: number): Promise<Refund[]> {
    return (await this.database.read<RefundRow>(unanswered, [provider, before, limit])).map(refund);
  }

  override async disputes(references: readonly string[]): Promise<Dispute[]> {
    return (await this.database.read<DisputeRow>(disputes, [references])).map(dispute);
  }

  override async openDisputes(provider: string, limit: number): Promise<Dispute[]> {
    return (await this.database.read<DisputeRow>(openDisputes, [provider, limit])).map(dispute);
  }

  override async refundSums(provider: string, { from, to }: Window): Promise<{ currency: string; refunded: number }[]> {
    return this.database.read<{ currency: string; refunded: number }>(refundSums, [provider, from, to]);
  }
}
