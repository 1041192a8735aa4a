import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import { Sealing } from '#ports/sealing.js';
import { together, type Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { texts, uuids } from '#platform/database/array-parameters.js';
import { ReadAhead } from '#platform/database/read-ahead.js';
import { first, gather, run, statement } from '#platform/database/statement.js';
import {
  Payments,
  type Creator,
  type HeardPayment,
  type PaymentFilter,
  type PaymentLocation,
} from '../../application/payments.js';
import type { Payment } from '../../domain/payment.js';
import { clientSecretOf, payment, paymentColumns, type PaymentRow } from './payment-rows.js';
import { insertion, saving } from './payment-writes.sql.js';

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
// One statement: a payment that is attached meanwhile is found by our id or by its reference.
const heardOf = statement(
  'payments.heard',
  `SELECT n.reference, p.id, p.order_id
   FROM unnest($2::text[], $3::uuid[]) AS n (reference, id)
   CROSS JOIN LATERAL (
     SELECT id, order_id FROM payments WHERE provider = $1 AND provider_reference = n.reference
     UNION ALL
     SELECT id, order_id FROM payments WHERE id = n.id AND provider = $1 AND provider_reference IS NULL
     LIMIT 1) p`,
);
const locateById = statement('payments.locate-by-ids', `SELECT id, order_id FROM payments WHERE id = ANY($1::uuid[])`);
const locateByReference = statement(
  'payments.locate-by-references',
  `SELECT id, order_id, provider_reference AS reference FROM payments WHERE provider_reference = ANY($1::text[])`,
);
const findByCreator = statement(
  'payments.find-by-creator',
  `SELECT ${paymentColumns}, p.request_hash FROM payments p WHERE p.created_by = $1`,
);
const findByCreators = statement(
  'payments.find-by-creators',
  `SELECT ${paymentColumns}, p.request_hash, p.created_by FROM payments p WHERE p.created_by = ANY($1::uuid[])`,
);

// Locks one payment. What also needs the order locks that first.
const lock = statement('payments.lock', `SELECT ${paymentColumns} FROM payments p WHERE p.id = $1 FOR NO KEY UPDATE`);

// Locks every payment of an order, ids ascending. The order is locked already, so none can be added meanwhile.
const lockOfOrder = statement(
  'payments.lock-of-order',
  `SELECT ${paymentColumns} FROM payments p WHERE p.order_id = $1 ORDER BY p.id FOR NO KEY UPDATE`,
);
// As above for the orders of a batch, and then those without an order.
const lockOfOrders = statement(
  'payments.lock-of-orders',
  `SELECT ${paymentColumns} FROM payments p WHERE p.order_id = ANY($1::uuid[]) ORDER BY p.id FOR NO KEY UPDATE`,
);
const lockAll = statement(
  'payments.lock-all',
  `SELECT ${paymentColumns} FROM payments p WHERE p.id = ANY($1::uuid[]) ORDER BY p.id FOR NO KEY UPDATE`,
);

// Payments whose making was given up before the provider answered: the next who wants to pay takes them over, even when the
// relay has finished them meanwhile.
const unowned = statement('payments.unowned', `SELECT id FROM payments WHERE order_id = $1 AND request_hash IS NULL`);
const setCreator = statement(
  'payments.set-creator',
  `UPDATE payments SET created_by = $2, request_hash = $3 WHERE id = $1`,
);

type LocationRow = Pick<PaymentRow, 'id' | 'order_id'>;

interface HeardRow extends LocationRow {
  reference: string;
}

interface CreatedRow extends PaymentRow {
  request_hash: Buffer | null;
}

interface Creation {
  readonly payment: Payment;
  readonly requestHash: Buffer | null;
}

@Injectable()
export class SqlPayments extends Payments {
  private readonly located = new ReadAhead<PaymentLocation>();
  private readonly heard = new ReadAhead<PaymentLocation>();
  private readonly created = new ReadAhead<Creation | null>();
  private readonly lockedOfOrder = new ReadAhead<Payment[]>();
  private readonly locked = new ReadAhead<Payment>();
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

  override async locateAhead(tx: Tx, idsOrReferences: readonly string[]): Promise<PaymentLocation[]> {
    const ids = idsOrReferences.filter(isId);
    const references = idsOrReferences.filter((one) => !isId(one));
    const [byId, byReference] = await together(
      async () => (ids.length === 0 ? [] : run<LocationRow>(tx, locateById, [uuids(ids)])),
      async () => (references.length === 0 ? [] : run<HeardRow>(tx, locateByReference, [texts(references)])),
    );
    for (const row of byId) this.located.put(tx, row.id, location(row));
    for (const row of byReference) this.located.put(tx, row.reference, location(row));
    return [...byId, ...byReference].map(location);
  }

  override async lookForCreatorsAhead(tx: Tx, recordIds: readonly string[]): Promise<void> {
    if (recordIds.length === 0) return;
    const rows = await run<CreatedRow & { created_by: string }>(tx, findByCreators, [uuids(recordIds)]);
    for (const id of recordIds) this.created.put(tx, id, null);
    for (const row of rows) this.created.put(tx, row.created_by, this.creation(row));
  }

  override async lockAhead(tx: Tx, orderIds: readonly string[], withoutOrder: readonly string[]): Promise<void> {
    const [ofOrders, alone] = await together(
      async () => (orderIds.length === 0 ? [] : run<PaymentRow>(tx, lockOfOrders, [uuids(orderIds)])),
      async () => (withoutOrder.length === 0 ? [] : run<PaymentRow>(tx, lockAll, [uuids(withoutOrder)])),
    );
    const byOrder = new Map<string, Payment[]>(orderIds.map((id) => [id, []]));
    for (const row of ofOrders) byOrder.get(row.order_id!)!.push(this.open(row));
    for (const [id, payments] of byOrder) this.lockedOfOrder.put(tx, id, payments);
    for (const row of alone) this.locked.put(tx, row.id, this.open(row));
  }

  override async locate(tx: Tx, idOrReference: string, customerId: string | null): Promise<PaymentLocation | null> {
    const ahead = customerId === null ? this.located.see(tx, idOrReference) : undefined;
    if (ahead) return ahead;
    const how = isId(idOrReference) ? findById : findByReference;
    return first(await run<PaymentRow>(tx, how, [idOrReference, customerId]), location);
  }

  override async findByReference(tx: Tx, provider: string, reference: string): Promise<PaymentLocation | null> {
    return first(await run<LocationRow>(tx, match, [provider, reference]), location);
  }

  override async findHeard(tx: Tx, provider: string, heard: HeardPayment): Promise<PaymentLocation | null> {
    return this.heard.see(tx, heard.reference) ?? (await this.lookForHeard(tx, provider, [heard]))[0] ?? null;
  }

  override async lookForHeardAhead(
    tx: Tx,
    provider: string,
    heard: readonly HeardPayment[],
  ): Promise<PaymentLocation[]> {
    const found = heard.length === 0 ? [] : await this.lookForHeard(tx, provider, heard);
    for (const one of found) this.heard.put(tx, one.reference, one);
    return found;
  }

  private async lookForHeard(
    tx: Tx,
    provider: string,
    heard: readonly HeardPayment[],
  ): Promise<(PaymentLocation & { readonly reference: string })[]> {
    const references = texts(heard.map(({ reference }) => reference));
    const rows = await run<HeardRow>(tx, heardOf, [
      provider,
      references,
      uuids(heard.map(({ paymentId }) => paymentId)),
    ]);
    return rows.map((row) => ({ ...location(row), reference: row.reference }));
  }

  override async findByCreator(tx: Tx, recordId: string): Promise<Creation | null> {
    const ahead = this.created.see(tx, recordId);
    if (ahead !== undefined) return ahead;
    return first(await run<CreatedRow>(tx, findByCreator, [recordId]), (row) => this.creation(row));
  }

  private creation(row: CreatedRow): Creation {
    return { payment: this.open(row), requestHash: row.request_hash };
  }

  override async unowned(tx: Tx, orderId: string): Promise<ReadonlySet<string>> {
    return new Set((await run<{ id: string }>(tx, unowned, [orderId])).map((row) => row.id));
  }

  override async setCreator(tx: Tx, id: string, creator: Creator | null): Promise<void> {
    await run(tx, setCreator, [id, creator?.id ?? null, creator?.requestHash ?? null]);
  }

  override async lockOfOrder(tx: Tx, orderId: string): Promise<Payment[]> {
    const ahead = this.lockedOfOrder.see(tx, orderId);
    return ahead ?? (await run<PaymentRow>(tx, lockOfOrder, [orderId])).map(this.open);
  }

  override async lock(tx: Tx, id: string): Promise<Payment | null> {
    const ahead = this.locked.see(tx, id);
    return ahead ?? first(await run<PaymentRow>(tx, lock, [id]), this.open);
  }

  override async insert(tx: Tx, made: Payment, creator: Creator | null): Promise<void> {
    // What finds it first is a statement, which sends what is gathered before itself.
    if (made.orderId !== null) this.lockedOfOrder.forget(tx, made.orderId);
    if (creator?.id) this.created.forget(tx, creator.id);
    gather(tx, insertion, { made, creator });
  }

  override async save(tx: Tx, before: Payment, after: Payment): Promise<void> {
    this.locked.change(tx, before.id, () => after);
    if (before.orderId !== null)
      this.lockedOfOrder.change(tx, before.orderId, (all) => all.map((one) => (one.id === after.id ? after : one)));
    const clientSecret = after.clientSecret && this.sealing.seal(after.clientSecret, clientSecretOf(after.id));
    gather(tx, saving, { before, after, clientSecret });
  }
}

function location({ id, order_id: orderId }: LocationRow): PaymentLocation {
  return { id, orderId };
}
