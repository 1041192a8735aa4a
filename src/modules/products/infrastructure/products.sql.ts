import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { repositoryOf } from '#platform/database/repository.js';
import { uuids } from '#platform/database/array-parameters.js';
import { run, statement } from '#platform/database/statement.js';
import { Catalog, type CatalogItem } from '../contract.js';
import { Products } from '../application/products.js';
import { SkuTaken } from '../domain/errors.js';
import type { Product } from '../domain/product.js';
import { ProductEntity } from './product.entity.js';

const withStock = `SELECT p.id, p.sku, p.name, p.description, p.price, p.currency, i.stock, p.active, p.tax_class AS "taxClass", p.weight_g AS "weightG",
  p.requires_shipping AS "requiresShipping", p.metadata, p.version, p.created_at, p.updated_at
  FROM products p JOIN inventory i ON i.product_id = p.id`;

// The inventory rows are locked, and every change of a product holds that lock.
const read = statement('products.read', `${withStock} WHERE p.id = ANY($1::uuid[]) ORDER BY p.id`);
const readToSell = statement(
  'products.read-to-sell',
  `SELECT id, sku, name, price, currency, active, tax_class AS "taxClass", coalesce(weight_g, 0) AS "weightG",
     requires_shipping AS "requiresShipping"
   FROM products WHERE id = ANY($1::uuid[])`,
);
const idsOfSkus = statement('products.ids-of-skus', `SELECT id FROM products WHERE sku = ANY($1::text[])`);
// Released with the transaction. The number means nothing else anywhere.
const lockForImport = statement('products.lock-for-import', `SELECT pg_advisory_xact_lock(71205001)`);

interface ProductRow {
  id: string;
  sku: string | null;
  name: string;
  description: string | null;
  price: number;
  currency: string;
  stock: number;
  active: boolean;
  taxClass: string;
  weightG: number | null;
  requiresShipping: boolean;
  metadata: JsonObject;
  version: number;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlProducts extends Products {
  override async lockForImport(tx: Tx): Promise<void> {
    await run(tx, lockForImport, []);
  }

  override async idsOfSkus(tx: Tx, skus: readonly string[]): Promise<string[]> {
    return (await run<{ id: string }>(tx, idsOfSkus, [skus])).map(({ id }) => id);
  }

  override async read(tx: Tx, ids: readonly string[]): Promise<Product[]> {
    return (await run<ProductRow>(tx, read, [uuids(ids)])).map(product);
  }

  override async insert(tx: Tx, product: Product): Promise<void> {
    await refusingTakenSku(product, () => repositoryOf(tx, ProductEntity).insert(entityOf(product)));
  }

  /** The inventory row is locked by the caller. Guard: the version that was read. */
  override async update(tx: Tx, product: Product): Promise<void> {
    const { id, currency: _currency, createdAt: _createdAt, ...changing } = entityOf(product);
    const { affected } = await refusingTakenSku(product, () =>
      repositoryOf(tx, ProductEntity).update({ id, version: product.version - 1 }, changing),
    );
    if (affected !== 1) throw new Error(`Product ${id} was changed without its lock`);
  }

  override async delete(tx: Tx, id: string): Promise<void> {
    await repositoryOf(tx, ProductEntity).delete({ id });
  }
}

function entityOf({ stock: _stock, ...product }: Product): ProductEntity {
  return product;
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

/** Reads what an order needs to know of the products in it. */
@Injectable()
export class SqlCatalog extends Catalog {
  override read(tx: Tx, productIds: readonly string[]): Promise<CatalogItem[]> {
    return run<CatalogItem>(tx, readToSell, [uuids(productIds)]);
  }
}
