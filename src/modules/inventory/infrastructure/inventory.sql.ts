import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { newId } from '#kernel/ids.js';
import { together, type Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { int8s, uuids } from '#platform/database/array-parameters.js';
import { ranks, type GatheredWrite } from '#platform/database/gathered-writes.js';
import { count, gather, limitLockTimeout, run, statement } from '#platform/database/statement.js';
import { Inventory, type Stock, type StockAdjustment, type Units } from '../contract.js';
import { adjustStock } from '../domain/stock.js';

// Locks the stock of every product that a batch wants, ids ascending: LockRows works above the sort, so two batches with
// the same products in another order cannot wait for each other.
const lock = statement(
  'inventory.lock',
  `SELECT product_id AS "productId", stock FROM inventory WHERE product_id = ANY($1::uuid[])
   ORDER BY product_id FOR NO KEY UPDATE`,
);

// Takes units of products that are locked already, found by index however old the plan is. Guard: inventory_stock_not_negative.
// in_use keeps the product for good. The ids are sorted, so a row finds its quantity by bisection: no subquery per row.
const take = statement(
  'inventory.take',
  `WITH taken AS (
     UPDATE inventory
     SET stock = stock - ($2::bigint[])[width_bucket(product_id, $1::uuid[])], in_use = true
     WHERE product_id = ANY($1::uuid[])
     RETURNING 1)
   SELECT assert_written('products', (SELECT count(*) FROM taken), cardinality($1::uuid[]))`,
);

const taking: GatheredWrite<Units> = {
  rank: ranks.changes,
  statement: (units) => {
    const merged = merge(units);
    const ids = [...merged.keys()].sort();
    return [take, [uuids(ids), int8s(ids.map((id) => merged.get(id)!))]];
  },
};

// Puts units back. Locks ids ascending first; the update then finds its rows locked by itself.
const restore = statement(
  'inventory.restore',
  `WITH returned AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS r (product_id, quantity)),
   locked AS MATERIALIZED (SELECT product_id FROM inventory WHERE product_id = ANY($1::uuid[]) ORDER BY product_id FOR NO KEY UPDATE)
   UPDATE inventory SET stock = inventory.stock + returned.quantity
   FROM returned JOIN locked USING (product_id)
   WHERE inventory.product_id = returned.product_id`,
);

const insert = statement('inventory.insert', `INSERT INTO inventory (product_id, stock) VALUES ($1, $2)`);
// The row is locked by the caller. Guard: inventory_stock_not_negative.
const set = statement('inventory.adjust', `UPDATE inventory SET stock = $2 WHERE product_id = $1`);
// Guard: in_use, which the first order sets under the same row lock.
const remove = statement('inventory.remove', `DELETE FROM inventory WHERE product_id = $1 AND NOT in_use`);

const insertAdjustment = statement(
  'stock-adjustments.insert',
  `INSERT INTO stock_adjustments (id, product_id, delta, reason, stock, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
);
const adjustments = statement(
  'stock-adjustments.list',
  `SELECT id, product_id AS "productId", delta, reason, stock, created_at AS "createdAt" FROM stock_adjustments
   WHERE product_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
);

@Injectable()
export class SqlInventory extends Inventory {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async lock(tx: Tx, productIds: readonly string[], lockTimeoutMs?: number): Promise<Stock[]> {
    const [, stocks] = await together(
      () => limitLockTimeout(tx, lockTimeoutMs),
      () => run<Stock>(tx, lock, [uuids(productIds)]),
    );
    return stocks;
  }

  override async take(tx: Tx, units: readonly Units[]): Promise<void> {
    for (const taken of units) gather(tx, taking, taken);
  }

  override async restore(tx: Tx, units: readonly Units[]): Promise<void> {
    const merged = merge(units);
    if (merged.size === 0) return;
    const changed = await count(tx, restore, [uuids([...merged.keys()]), int8s([...merged.values()])]);
    if (changed !== merged.size) throw new Error('Units were returned to a product that does not exist');
  }

  override async create(tx: Tx, productId: string, stock: number): Promise<void> {
    await run(tx, insert, [productId, stock]);
    if (stock === 0) return;
    const createdAt = this.clock.now();
    await this.note(tx, { id: newId(), productId, delta: stock, reason: 'initial stock', stock, createdAt });
  }

  override async adjust(tx: Tx, current: Stock, delta: number, reason: string): Promise<StockAdjustment> {
    const adjustment = adjustStock(current, newId(), delta, reason, this.clock.now());
    await run(tx, set, [current.productId, adjustment.stock]);
    await this.note(tx, adjustment);
    return adjustment;
  }

  override async remove(tx: Tx, productId: string): Promise<boolean> {
    return (await count(tx, remove, [productId])) === 1;
  }

  override adjustments(productId: string, afterId: string | null, limit: number): Promise<StockAdjustment[]> {
    return this.database.read<StockAdjustment>(adjustments, [productId, afterId, limit + 1]);
  }

  private async note(tx: Tx, { id, productId, delta, reason, stock, createdAt }: StockAdjustment): Promise<void> {
    await run(tx, insertAdjustment, [id, productId, delta, reason, stock, createdAt]);
  }
}

function merge(units: readonly Units[]): Map<string, number> {
  const merged = new Map<string, number>();
  for (const { productId, quantity } of units) merged.set(productId, (merged.get(productId) ?? 0) + quantity);
  return merged;
}
