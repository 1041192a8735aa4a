import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { count, limitLockTimeout, plainArray, run, statement } from '#platform/database/statement.js';
import { Inventory, type StockItem, type Units } from '#modules/products/contract.js';

// Locks every product that a batch of orders wants, ids ascending: LockRows works above the sort, so two batches with
// the same products in another order cannot wait for each other.
const lock = statement(
  'inventory.lock',
  `SELECT id, sku, name, price, currency, stock, active FROM products WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);

// Takes units of products that are locked already, found by index however old the plan is. Guard: products_stock_not_negative. in_use keeps the product for good.
const take = statement(
  'inventory.take',
  `UPDATE products
   SET stock = stock - (SELECT taken.quantity FROM unnest($1::uuid[], $2::bigint[]) AS taken (id, quantity) WHERE taken.id = products.id), in_use = true
   WHERE id = ANY($1::uuid[])`,
);

// Puts units back. Locks ids ascending first; the update then finds its rows locked by itself.
const restore = statement(
  'inventory.restore',
  `WITH returned AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS r (id, quantity)),
   locked AS MATERIALIZED (SELECT id FROM products WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE)
   UPDATE products SET stock = products.stock + returned.quantity
   FROM returned JOIN locked USING (id)
   WHERE products.id = returned.id`,
);

@Injectable()
export class SqlInventory extends Inventory {
  override async lock(tx: Tx, productIds: readonly string[], lockTimeoutMs?: number): Promise<StockItem[]> {
    if (lockTimeoutMs !== undefined) await limitLockTimeout(tx, lockTimeoutMs);
    return run<StockItem>(tx, lock, [plainArray(productIds)]);
  }

  override async take(tx: Tx, units: readonly Units[]): Promise<void> {
    const merged = merge(units);
    if (merged.size === 0) return;
    const changed = await count(tx, take, [plainArray([...merged.keys()]), plainArray([...merged.values()])]);
    if (changed !== merged.size) throw new Error('Units were taken from a product that does not exist');
  }

  override async restore(tx: Tx, units: readonly Units[]): Promise<void> {
    const merged = merge(units);
    if (merged.size === 0) return;
    const changed = await count(tx, restore, [plainArray([...merged.keys()]), plainArray([...merged.values()])]);
    if (changed !== merged.size) throw new Error('Units were returned to a product that does not exist');
  }
}

function merge(units: readonly Units[]): Map<string, number> {
  const merged = new Map<string, number>();
  for (const { productId, quantity } of units) merged.set(productId, (merged.get(productId) ?? 0) + quantity);
  return merged;
}
