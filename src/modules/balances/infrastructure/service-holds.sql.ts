import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { run, statement } from '#platform/database/statement.js';
import { ServiceHolds } from '../application/balance-service.js';
import type { ServiceHold, ServiceHoldState } from '../domain/service-hold.js';

const columns = `id, order_id, customer_id, currency, amount, state, is_unwanted`;

const find = statement('service-holds.find', `SELECT ${columns} FROM balance_service_holds WHERE id = $1`);

// Locks one hold, after its order.
const lock = statement(
  'service-holds.lock',
  `SELECT ${columns} FROM balance_service_holds WHERE id = $1 FOR NO KEY UPDATE`,
);
const lockOfOrder = statement(
  'service-holds.lock-of-order',
  `SELECT ${columns} FROM balance_service_holds WHERE order_id = $1 FOR NO KEY UPDATE`,
);

// Guard: balance_service_holds_order_unique.
const insert = statement(
  'service-holds.insert',
  `INSERT INTO balance_service_holds (${columns}, created_at, updated_at)
   SELECT *, 'requested', false, $6, $6 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[])`,
);
const save = statement(
  'service-holds.save',
  `UPDATE balance_service_holds SET state = $2, is_unwanted = $3, updated_at = $4 WHERE id = $1`,
);

interface Row {
  id: string;
  order_id: string;
  customer_id: string;
  currency: string;
  amount: number;
  state: ServiceHoldState;
  is_unwanted: boolean;
}

@Injectable()
export class SqlServiceHolds extends ServiceHolds {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(id: string): Promise<ServiceHold | null> {
    return hold((await this.database.read<Row>(find, [id]))[0]);
  }

  override async lock(tx: Tx, id: string): Promise<ServiceHold | null> {
    return hold((await run<Row>(tx, lock, [id]))[0]);
  }

  override async lockOfOrder(tx: Tx, orderId: string): Promise<ServiceHold | null> {
    return hold((await run<Row>(tx, lockOfOrder, [orderId]))[0]);
  }

  override async insert(tx: Tx, holds: readonly ServiceHold[], now: Date): Promise<void> {
    await run(tx, insert, [
      holds.map((h) => h.id),
      holds.map((h) => h.orderId),
      holds.map((h) => h.customerId),
      holds.map((h) => h.currency),
      holds.map((h) => h.amount),
      now,
    ]);
  }

  override async save(tx: Tx, { id, state, isUnwanted }: ServiceHold, now: Date): Promise<void> {
    await run(tx, save, [id, state, isUnwanted, now]);
  }
}

function hold(row: Row | undefined): ServiceHold | null {
  if (!row) return null;
  const { id, order_id: orderId, customer_id: customerId, currency, amount, state, is_unwanted: isUnwanted } = row;
  return { id, orderId, customerId, currency, amount, state, isUnwanted };
}
