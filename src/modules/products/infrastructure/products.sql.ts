import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { count, run, statement } from '#platform/database/statement.js';
import { Products, type ProductFilter } from '../application/products.js';
import { ProductInUse, SkuTaken } from '../domain/errors.js';
import type { Product, StockAdjustment } from '../domain/product.js';

const columns = `id, sku, name, description, price, currency, stock, active, metadata, version, created_at, updated_at`;

const find = statement('products.find', `SELECT ${columns} FROM products WHERE id = $1`);

// Locks one product. NO KEY: nothing here changes the id, so readers of keys need not wait.
const lock = statement('products.lock', `SELECT ${columns} FROM products WHERE id = $1 FOR NO KEY UPDATE`);
// Released with the transaction. The number means nothing else anywhere.
const lockForImport = statement('products.lock-for-import', `SELECT pg_advisory_xact_lock(71205001)`);

// As everybody who locks several: ids ascending.
const lockBySku = statement(
  'products.lock-by-sku',
  `SELECT ${columns} FROM products WHERE sku = ANY($1::text[]) ORDER BY id FOR NO KEY UPDATE`,
);

const insert = statement(
  'products.insert',
  `INSERT INTO products (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
);

// The row is locked by the caller. Guard: the version that was read, and products_stock_not_negative.
const update = statement(
  'products.update',
  `UPDATE products SET sku = $2, name = $3, description = $4, price = $5, stock = $6, active = $7, metadata = $8, version = $9, updated_at = $10
   WHERE id = $1 AND version = $9 - 1`,
);

const insertAdjustment = statement(
  'stock-adjustments.insert',
  `INSERT INTO stock_adjustments (id, product_id, delta, reason, stock, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
);

// Guard: in_use, which the first order sets under the same row lock.
const remove = statement('products.delete', `DELETE FROM products WHERE id = $1 AND NOT in_use`);

const adjustments = statement(
  'stock-adjustments.list',
  `SELECT id, product_id, delta, reason, stock, created_at FROM stock_adjustments
   WHERE product_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
);

interface ProductRow {
  id: string;
  sku: string | null;
  name: string;
  description: string | null;
  price: number;
  currency: string;
  stock: number;
  active: boolean;
  metadata: JsonObject;
  version: number;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlProducts extends Products {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(id: string): Promise<Product | null> {
    const [row] = await this.database.lookUp<ProductRow>(find, [id]);
    return row ? product(row) : null;
  }

  override async list(filter: ProductFilter, afterId: string | null, limit: number): Promise<Product[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('id < ?', afterId);
    if (filter.inStock !== undefined) asked.also(filter.inStock ? 'stock > 0' : 'stock = 0');
    asked.where('active = ?', filter.active);
    asked.where('sku = ?', filter.sku);
    if (filter.q !== undefined)
      asked.where(
        `(name || ' ' || coalesce(sku, '') || ' ' || coalesce(description, '')) ILIKE ?`,
        `%${filter.q.replace(/[\\%_]/g, '\\$&')}%`,
      );
    const rows = await this.database.readOnce<ProductRow>(
      `SELECT ${columns} FROM products ${asked.sql} ORDER BY id DESC LIMIT $1`,
      asked.values,
    );
    return rows.map(product);
  }

  override async adjustments(productId: string, afterId: string | null, limit: number): Promise<StockAdjustment[]> {
    const rows = await this.database.read<{
      id: string;
      product_id: string;
      delta: number;
      reason: string;
      stock: number;
      created_at: Date;
    }>(adjustments, [productId, afterId, limit + 1]);
    return rows.map((row) => ({
      id: row.id,
      productId: row.product_id,
      delta: row.delta,
      reason: row.reason,
      stock: row.stock,
      createdAt: row.created_at,
    }));
  }

  override async lockForImport(tx: Tx): Promise<void> {
    await run(tx, lockForImport, []);
  }

  override async lockBySku(tx: Tx, skus: readonly string[]): Promise<Product[]> {
    return (await run<ProductRow>(tx, lockBySku, [skus])).map(product);
  }

  override async lock(tx: Tx, id: string): Promise<Product | null> {
    const [row] = await run<ProductRow>(tx, lock, [id]);
    return row ? product(row) : null;
  }

  override async insert(tx: Tx, p: Product): Promise<void> {
    await refusingTakenSku(p, () =>
      run(tx, insert, [
        p.id,
        p.sku,
        p.name,
        p.description,
        p.price,
        p.currency,
        p.stock,
        p.active,
        JSON.stringify(p.metadata),
        p.version,
        p.createdAt,
        p.updatedAt,
      ]),
    );
  }

  override async update(tx: Tx, p: Product): Promise<void> {
    const changed = await refusingTakenSku(p, () =>
      count(tx, update, [
        p.id,
        p.sku,
        p.name,
        p.description,
        p.price,
        p.stock,
        p.active,
        JSON.stringify(p.metadata),
        p.version,
        p.updatedAt,
      ]),
    );
    if (changed !== 1) throw new Error(`Product ${p.id} was changed without its lock`);
  }

  override async insertAdjustment(tx: Tx, a: StockAdjustment): Promise<void> {
    await run(tx, insertAdjustment, [a.id, a.productId, a.delta, a.reason, a.stock, a.createdAt]);
  }

  override async delete(tx: Tx, id: string): Promise<void> {
    if ((await count(tx, remove, [id])) !== 1) throw new ProductInUse();
  }
}

async function refusingTakenSku<T>(p: Product, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (violatedUnique(error) === 'products_sku_unique') throw new SkuTaken(p.sku!);
    throw error;
  }
}

function product(row: ProductRow): Product {
  const { created_at, updated_at, ...rest } = row;
  return { ...rest, createdAt: created_at, updatedAt: updated_at };
}
