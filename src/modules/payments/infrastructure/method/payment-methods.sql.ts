import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import { together, type Tx } from '#ports/tx.js';
import { texts, uuids } from '#platform/database/array-parameters.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { ReadAhead } from '#platform/database/read-ahead.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import { PaymentMethods, type PaymentMethodFilter } from '../../application/method/payment-methods.js';
import type { Creator } from '../../application/payments.js';
import type { PaymentMethod } from '../../domain/payment-method.js';
import { columns, method, type MethodRow } from './payment-method-rows.js';

const find = statement(
  'payment-methods.find',
  `SELECT ${columns} FROM payment_methods WHERE id = $1 AND ($2::text IS NULL OR customer_id = $2)`,
);
// Nothing is locked.
const lookById = statement(
  'payment-methods.look',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND id = $2`,
);
// Several may have been saved under one id of the provider's, one after the other or at once; one of them may be active.
const best = `ORDER BY (status = 'active') DESC, (status IN ('pending', 'requires_action')) DESC, id DESC LIMIT 1`;
// Nothing is locked.
const lookByReference = statement(
  'payment-methods.look-by-reference',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND provider_reference = $2 ${best}`,
);
// As above, for those that the members of a batch name: our ids as text, or the provider's.
const lookForAll = statement(
  'payment-methods.look-for-all',
  `SELECT DISTINCT ON (provider_reference) ${columns} FROM payment_methods WHERE provider = $1 AND provider_reference = ANY($2::text[])
   ORDER BY provider_reference, (status = 'active') DESC, (status IN ('pending', 'requires_action')) DESC, id DESC`,
);
const lookForIds = statement(
  'payment-methods.look-for-ids',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND id = ANY($2::uuid[])`,
);
// Locks one payment method, and nothing after it.
const lock = statement(
  'payment-methods.lock',
  `SELECT ${columns} FROM payment_methods WHERE id = $1 FOR NO KEY UPDATE`,
);
const lockByReference = statement(
  'payment-methods.lock-by-reference',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND provider_reference = $2 ${best} FOR NO KEY UPDATE`,
);
const findByCreator = statement(
  'payment-methods.find-by-creator',
  `SELECT ${columns}, request_hash FROM payment_methods WHERE created_by = $1`,
);
const countOf = statement(
  'payment-methods.count',
  `SELECT count(*)::int AS n FROM payment_methods WHERE customer_id = $1
     AND (status = 'active' OR status IN ('pending', 'requires_action') AND created_at >= $2)`,
);
const isActive = statement(
  'payment-methods.is-active',
  `SELECT EXISTS (SELECT FROM payment_methods WHERE provider = $1 AND provider_reference = $2 AND status = 'active') AS is`,
);
// Locks some payment methods, ids ascending; those that are locked are being finished.
const lockAbandoned = statement(
  'payment-methods.lock-abandoned',
  `SELECT ${columns} FROM payment_methods WHERE status IN ('pending', 'requires_action') AND created_at < $1
   ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`,
);
// After the row of the method that is being saved, and nothing after it. The number means nothing else anywhere.
const lockReference = statement(
  'payment-methods.lock-reference',
  `SELECT pg_advisory_xact_lock(71205004, hashtext($1 || '/' || $2))`,
);
// Guard: payment_methods_created_by_unique.
const insert = statement(
  'payment-methods.insert',
  `INSERT INTO payment_methods (id, customer_id, provider, status, version, created_at, updated_at, created_by, request_hash)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);
// The row is locked. Guards: the version it had then, payment_methods_active_unique.
const save = statement(
  'payment-methods.save',
  `UPDATE payment_methods SET provider_reference = $3, setup_reference = $4, status = $5, brand = $6, last4 = $7, exp_month = $8,
          exp_year = $9, next_action = $10, last_error = $11, failed_attempt = $12, version = $13, updated_at = $14
   WHERE id = $1 AND version = $2`,
);
// Locks the customer as the provider has them, before any of their payment methods.
const lockCustomer = statement(
  'provider-customers.lock',
  `INSERT INTO provider_customers (customer_id, provider, created_at) VALUES ($2, $1, now())
   ON CONFLICT (customer_id, provider) DO UPDATE SET customer_id = excluded.customer_id RETURNING reference`,
);
const customer = statement(
  'provider-customers.find',
  `SELECT reference FROM provider_customers WHERE provider = $1 AND customer_id = $2`,
);
// Locks the customer. The first reference that is noted stays; no row when they were erased meanwhile.
const noteCustomer = statement(
  'provider-customers.note',
  `UPDATE provider_customers SET reference = coalesce(reference, $3) WHERE provider = $1 AND customer_id = $2 RETURNING reference`,
);
// Locks the customer.
const dropCustomer = statement(
  'provider-customers.drop',
  `UPDATE provider_customers SET reference = NULL WHERE provider = $1 AND reference = $2`,
);

@Injectable()
export class SqlPaymentMethods extends PaymentMethods {
  private readonly seen = new ReadAhead<PaymentMethod | null>();

  constructor(private readonly database: Database) {
    super();
  }

  override async find(id: string, customerId: string | null): Promise<PaymentMethod | null> {
    return first(await this.database.lookUp<MethodRow>(find, [id, customerId]), method);
  }

  override async list(filter: PaymentMethodFilter, afterId: string | null, limit: number): Promise<PaymentMethod[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('id < ?', afterId);
    asked.where('status = ?', filter.status);
    asked.where('customer_id = ?', filter.customerId);
    const rows = await this.database.readOnce<MethodRow>(
      `SELECT ${columns} FROM payment_methods ${asked.sql} ORDER BY id DESC LIMIT $1`,
      asked.values,
    );
    return rows.map(method);
  }

  override async lookAhead(tx: Tx, provider: string, idsOrReferences: readonly string[]): Promise<void> {
    const ids = idsOrReferences.filter(isId);
    const references = idsOrReferences.filter((one) => !isId(one));
    const [byId, byReference] = await together(
      async () => (ids.length === 0 ? [] : run<MethodRow>(tx, lookForIds, [provider, uuids(ids)])),
      async () => (references.length === 0 ? [] : run<MethodRow>(tx, lookForAll, [provider, texts(references)])),
    );
    for (const name of idsOrReferences) this.seen.put(tx, name, null);
    for (const row of byId) this.seen.put(tx, row.id, method(row));
    for (const row of byReference) this.seen.put(tx, row.provider_reference!, method(row));
  }

  override async look(tx: Tx, provider: string, idOrReference: string): Promise<PaymentMethod | null> {
    const ahead = this.seen.see(tx, idOrReference);
    if (ahead !== undefined) return ahead;
    const how = isId(idOrReference) ? lookById : lookByReference;
    return first(await run<MethodRow>(tx, how, [provider, idOrReference]), method);
  }

  override async lock(tx: Tx, id: string): Promise<PaymentMethod | null> {
    return first(await run<MethodRow>(tx, lock, [id]), method);
  }

  override async lockByReference(tx: Tx, provider: string, reference: string): Promise<PaymentMethod | null> {
    return first(await run<MethodRow>(tx, lockByReference, [provider, reference]), method);
  }

  override async findByCreator(
    tx: Tx,
    recordId: string,
  ): Promise<{ readonly method: PaymentMethod; readonly requestHash: Buffer | null } | null> {
    return first(await run<MethodRow & { request_hash: Buffer | null }>(tx, findByCreator, [recordId]), (row) => ({
      method: method(row),
      requestHash: row.request_hash,
    }));
  }

  override async countOf(tx: Tx, customerId: string, since: Date): Promise<number> {
    return first(await run<{ n: number }>(tx, countOf, [customerId, since]), ({ n }) => n)!;
  }

  override async isActive(provider: string, reference: string): Promise<boolean> {
    const rows = await this.database.read<{ is: boolean }>(isActive, [provider, reference]);
    return rows[0]!.is;
  }

  override async lockAbandoned(tx: Tx, before: Date, limit: number): Promise<PaymentMethod[]> {
    return (await run<MethodRow>(tx, lockAbandoned, [before, limit])).map(method);
  }

  override async lockReference(tx: Tx, provider: string, reference: string): Promise<void> {
    await run(tx, lockReference, [provider, reference]);
  }

  override async insert(tx: Tx, m: PaymentMethod, creator: Creator): Promise<void> {
    const made = [m.id, m.customerId, m.provider, m.status, m.version, m.createdAt, m.updatedAt];
    await run(tx, insert, [...made, creator.id, creator.requestHash]);
  }

  override async save(tx: Tx, before: PaymentMethod, after: PaymentMethod): Promise<void> {
    const { providerReference, setupReference, status, brand, last4, expMonth, expYear } = after;
    const { nextAction, lastError, failedAttempt, version, updatedAt } = after;
    const card = [brand, last4, expMonth, expYear];
    const values = [
      providerReference,
      setupReference,
      status,
      ...card,
      nextAction,
      lastError,
      failedAttempt,
      version,
      updatedAt,
    ];
    if ((await count(tx, save, [before.id, before.version, ...values])) !== 1)
      throw new Error(`Payment method ${before.id} was changed without its lock`);
  }

  override async lockProviderCustomer(tx: Tx, provider: string, customerId: string): Promise<string | null> {
    return first(await run<ReferenceRow>(tx, lockCustomer, [provider, customerId]), reference);
  }

  override async providerCustomer(tx: Tx, provider: string, customerId: string): Promise<string | null> {
    return first(await run<ReferenceRow>(tx, customer, [provider, customerId]), reference);
  }

  override async noteProviderCustomer(
    tx: Tx,
    provider: string,
    customerId: string,
    noted: string,
  ): Promise<string | null> {
    return first(await run<ReferenceRow>(tx, noteCustomer, [provider, customerId, noted]), reference);
  }

  override async dropProviderCustomer(tx: Tx, provider: string, gone: string): Promise<void> {
    await run(tx, dropCustomer, [provider, gone]);
  }
}

interface ReferenceRow {
  reference: string | null;
}

function reference(row: ReferenceRow): string | null {
  return row.reference;
}
