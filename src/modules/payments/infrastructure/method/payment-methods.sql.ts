import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { count, first, run, statement } from '#platform/database/statement.js';
import { PaymentMethods, type PaymentMethodFilter } from '../../application/method/payment-methods.js';
import type { Creator } from '../../application/payments.js';
import type { PaymentMethod, PaymentMethodState } from '../../domain/payment-method.js';
import type { PaymentError } from '../../domain/payment.js';

const columns = `id, customer_id, provider, provider_reference, setup_reference, status, brand, last4, exp_month, exp_year,
  next_action, last_error, version, created_at, updated_at`;

const find = statement(
  'payment-methods.find',
  `SELECT ${columns} FROM payment_methods WHERE id = $1 AND ($2::text IS NULL OR customer_id = $2)`,
);
// Nothing is locked.
const lookById = statement(
  'payment-methods.look',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND id = $2`,
);
// Nothing is locked. The newest: one that was detached may have been saved again.
const lookByReference = statement(
  'payment-methods.look-by-reference',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND provider_reference = $2 ORDER BY id DESC LIMIT 1`,
);
// Locks one payment method, and nothing after it.
const lock = statement(
  'payment-methods.lock',
  `SELECT ${columns} FROM payment_methods WHERE id = $1 FOR NO KEY UPDATE`,
);
const lockByReference = statement(
  'payment-methods.lock-by-reference',
  `SELECT ${columns} FROM payment_methods WHERE provider = $1 AND provider_reference = $2 ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE`,
);
const findByCreator = statement(
  'payment-methods.find-by-creator',
  `SELECT ${columns}, request_hash FROM payment_methods WHERE created_by = $1`,
);
const countOf = statement(
  'payment-methods.count',
  `SELECT count(*)::int AS n FROM payment_methods WHERE customer_id = $1 AND status IN ('pending', 'requires_action', 'active')`,
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
          exp_year = $9, next_action = $10, last_error = $11, version = $12, updated_at = $13
   WHERE id = $1 AND version = $2`,
);
// Locks the customer as the provider has them, before any of their payment methods. Whoever is second waits.
const lockCustomer = statement(
  'provider-customers.lock',
  `INSERT INTO provider_customers (customer_id, provider, created_at) VALUES ($2, $1, now())
   ON CONFLICT (customer_id, provider) DO UPDATE SET customer_id = excluded.customer_id RETURNING reference`,
);
const customer = statement(
  'provider-customers.find',
  `SELECT reference FROM provider_customers WHERE provider = $1 AND customer_id = $2`,
);
// Locks the customer. The first reference that is noted stays.
const noteCustomer = statement(
  'provider-customers.note',
  `INSERT INTO provider_customers AS c (customer_id, provider, reference, created_at) VALUES ($2, $1, $3, now())
   ON CONFLICT (customer_id, provider) DO UPDATE SET reference = coalesce(c.reference, excluded.reference) RETURNING reference`,
);

interface MethodRow {
  id: string;
  customer_id: string;
  provider: string;
  provider_reference: string | null;
  setup_reference: string | null;
  status: PaymentMethodState;
  brand: string | null;
  last4: string | null;
  exp_month: number | null;
  exp_year: number | null;
  next_action: JsonObject | null;
  last_error: PaymentError | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlPaymentMethods extends PaymentMethods {
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

  override async look(tx: Tx, provider: string, idOrReference: string): Promise<PaymentMethod | null> {
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

  override async countOf(tx: Tx, customerId: string): Promise<number> {
    return first(await run<{ n: number }>(tx, countOf, [customerId]), ({ n }) => n)!;
  }

  override async insert(tx: Tx, m: PaymentMethod, creator: Creator): Promise<void> {
    const made = [m.id, m.customerId, m.provider, m.status, m.version, m.createdAt, m.updatedAt];
    await run(tx, insert, [...made, creator.id, creator.requestHash]);
  }

  override async save(tx: Tx, before: PaymentMethod, after: PaymentMethod): Promise<void> {
    const { providerReference, setupReference, status, brand, last4, expMonth, expYear } = after;
    const { nextAction, lastError, version, updatedAt } = after;
    const card = [brand, last4, expMonth, expYear];
    const values = [providerReference, setupReference, status, ...card, nextAction, lastError, version, updatedAt];
    if ((await count(tx, save, [before.id, before.version, ...values])) !== 1)
      throw new Error(`Payment method ${before.id} was changed without its lock`);
  }

  override async lockProviderCustomer(tx: Tx, provider: string, customerId: string): Promise<string | null> {
    return first(await run<ReferenceRow>(tx, lockCustomer, [provider, customerId]), reference);
  }

  override async providerCustomer(tx: Tx, provider: string, customerId: string): Promise<string | null> {
    return first(await run<ReferenceRow>(tx, customer, [provider, customerId]), reference);
  }

  override async noteProviderCustomer(tx: Tx, provider: string, customerId: string, noted: string): Promise<string> {
    return first(await run<{ reference: string }>(tx, noteCustomer, [provider, customerId, noted]), reference)!;
  }
}

interface ReferenceRow {
  reference: string | null;
}

function reference<T extends ReferenceRow>(row: T): T['reference'] {
  return row.reference;
}

function method(row: MethodRow): PaymentMethod {
  return {
    id: row.id,
    customerId: row.customer_id,
    provider: row.provider,
    providerReference: row.provider_reference,
    setupReference: row.setup_reference,
    status: row.status,
    brand: row.brand,
    last4: row.last4,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    nextAction: row.next_action,
    lastError: row.last_error,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
