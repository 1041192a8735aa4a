import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import { Sealing } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import { Payments, type Creator, type PaymentFilter, type PaymentLocation } from '../../application/payments.js';
import type { Payment } from '../../domain/payment.js';
import { clientSecretOf, payment, paymentColumns, type PaymentRow } from './payment-rows.js';

const ofCustomer = `($2::text IS NULL OR EXISTS (SELECT FROM orders o WHERE o.id = p.order_id AND o.customer_id = $2))`;

const findById = statement(
  'payments.find',
  `SELECT ${paymentColumns} FROM payments p WHERE p.id = $1 AND ${ofCustomer}`,
);
const findByReference = statement(
  'payments.find-by-reference',
  `SELECT ${paymentColumns} FROM payments p WHERE p.provider_reference = $1 AND ${ofCustomer}`,
);
const match = statement(
  'payments.match',
  `SELECT id, order_id FROM payments WHERE provider = $1 AND provider_reference = $2`,
);
const unattached = statement(
  'payments.unattached',
  `SELECT id, order_id FROM payments WHERE id = $2 AND provider = $1 AND provider_reference IS NULL`,
);
const findByCreator = statement(
  'payments.find-by-creator',
  `SELECT ${paymentColumns}, p.request_hash FROM payments p WHERE p.created_by = $1`,
);

// Locks one payment. What also needs the order locks that first.
const lock = statement('payments.lock', `SELECT ${paymentColumns} FROM payments p WHERE p.id = $1 FOR NO KEY UPDATE`);

// Locks every payment of an order, ids ascending. The order is locked already, so none can be added meanwhile.
const lockOfOrder = statement(
  'payments.lock-of-order',
  `SELECT ${paymentColumns} FROM payments p WHERE p.order_id = $1 ORDER BY p.id FOR NO KEY UPDATE`,
);

// Guard: payments_one_live_per_order, payments_created_by_unique.
const insert = statement(
  'payments.insert',
  `INSERT INTO payments (id, order_id, provider, amount, currency, capture_method, status, version, created_at, updated_at, created_by, request_hash,
                         method_types, method, provider_reference, webhook_url, amount_captured)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
);

// The row is locked. Guard: the version it had then, payments_amounts_in_order, payments_one_live_per_order, payments_provider_reference_unique.
const save = statement(
  'payments.save',
  `UPDATE payments SET provider_reference = $3, client_secret = $4, method = $5, amount_captured = $6, amount_refunded = $7, status = $8,
          superseded = $9, last_error = $10, version = $11, updated_at = $12, failed_charge = $13, capture_requested = $14, risk = $15,
          amount_disputed = $16, next_action = $17
   WHERE id = $1 AND version = $2`,
);

// Payments whose making was given up before the provider answered: the next who wants to pay takes them over, even when the
// relay has finished them meanwhile.
const unowned = statement('payments.unowned', `SELECT id FROM payments WHERE order_id = $1 AND request_hash IS NULL`);
const setCreator = statement(
  'payments.set-creator',
  `UPDATE payments SET created_by = $2, request_hash = $3 WHERE id = $1`,
);

type LocationRow = Pick<PaymentRow, 'id' | 'order_id'>;

@Injectable()
export class SqlPayments extends Payments {
  private readonly open = (row: PaymentRow) => payment(row, this.sealing);

  constructor(
    private readonly database: Database,
    private readonly sealing: Sealing,
  ) {
    super();
  }

  override async find(idOrReference: string, customerId: string | null): Promise<Payment | null> {
    const how = isId(idOrReference) ? findById : findByReference;
    return first(await this.database.lookUp<PaymentRow>(how, [idOrReference, customerId]), this.open);
  }

  override async list(filter: PaymentFilter, afterId: string | null, limit: number): Promise<Payment[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('p.id < ?', afterId);
    asked.where('p.order_id = ?', filter.orderId);
    asked.where('p.status = ?', filter.status);
    asked.where('EXISTS (SELECT FROM orders o WHERE o.id = p.order_id AND o.customer_id = ?)', filter.customerId);
    const rows = await this.database.readOnce<PaymentRow>(
      `SELECT ${paymentColumns} FROM payments p ${asked.sql} ORDER BY p.id DESC LIMIT $1`,
      asked.values,
    );
    return rows.map(this.open);
  }

  override async locate(tx: Tx, idOrReference: string, customerId: string | null): Promise<PaymentLocation | null> {
    const how = isId(idOrReference) ? findById : findByReference;
    return first(await run<PaymentRow>(tx, how, [idOrReference, customerId]), location);
  }

  override async findByReference(tx: Tx, provider: string, reference: string): Promise<PaymentLocation | null> {
    return first(await run<LocationRow>(tx, match, [provider, reference]), location);
  }

  override async findUnattached(tx: Tx, provider: string, id: string): Promise<PaymentLocation | null> {
    return first(await run<LocationRow>(tx, unattached, [provider, id]), location);
  }

  override async findByCreator(
    tx: Tx,
    recordId: string,
  ): Promise<{ payment: Payment; requestHash: Buffer | null } | null> {
    return first(await run<PaymentRow & { request_hash: Buffer | null }>(tx, findByCreator, [recordId]), (row) => ({
      payment: this.open(row),
      requestHash: row.request_hash,
    }));
  }

  override async unowned(tx: Tx, orderId: string): Promise<ReadonlySet<string>> {
    return new Set((await run<{ id: string }>(tx, unowned, [orderId])).map((row) => row.id));
  }

  override async setCreator(tx: Tx, id: string, creator: Creator | null): Promise<void> {
    await run(tx, setCreator, [id, creator?.id ?? null, creator?.requestHash ?? null]);
  }

  override async lockOfOrder(tx: Tx, orderId: string): Promise<Payment[]> {
    return (await run<PaymentRow>(tx, lockOfOrder, [orderId])).map(this.open);
  }

  override async lock(tx: Tx, id: string): Promise<Payment | null> {
    return first(await run<PaymentRow>(tx, lock, [id]), this.open);
  }

  override async insert(tx: Tx, p: Payment, creator: Creator | null): Promise<void> {
    await run(tx, insert, [
      p.id,
      p.orderId,
      p.provider,
      p.amount,
      p.currency,
      p.captureMethod,
      p.status,
      p.version,
      p.createdAt,
      p.updatedAt,
      creator?.id ?? null,
      creator?.requestHash ?? null,
      p.methodTypes,
      p.method,
      p.providerReference,
      p.webhookUrl,
      p.amountCaptured,
    ]);
  }

  override async save(tx: Tx, before: Payment, p: Payment): Promise<void> {
    const saved = await count(tx, save, [
      before.id,
      before.version,
      p.providerReference,
      p.clientSecret && this.sealing.seal(p.clientSecret, clientSecretOf(p.id)),
      p.method,
      p.amountCaptured,
      p.amountRefunded,
      p.status,
      p.superseded,
      p.lastError && JSON.stringify(p.lastError),
      p.version,
      p.updatedAt,
      p.failedCharge,
      p.captureRequested,
      p.risk && JSON.stringify(p.risk),
      p.amountDisputed,
      p.nextAction && JSON.stringify(p.nextAction),
    ]);
    if (saved !== 1) throw new Error(`Payment ${before.id} was changed without its lock`);
  }
}

function location({ id, order_id: orderId }: LocationRow): PaymentLocation {
  return { id, orderId };
}
