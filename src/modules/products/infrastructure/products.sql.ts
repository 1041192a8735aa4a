import { Injectable } from '@nestjs/common';
import { nameOf } from '#kernel/texts.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { Searches } from '#platform/database/searches.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { repositoryOf } from '#platform/database/repository.js';
import { uuids } from '#platform/database/array-parameters.js';
import { first, run, statement } from '#platform/database/statement.js';
import { Catalog, type CatalogItem } from '../contract.js';
import { Products, type ProductFilter } from '../application/products.js';
import { SkuTaken } from '../domain/errors.js';
import type { Product } from '../domain/product.js';
import { ProductEntity } from './product.entity.js';

const withStock = `SELECT p.id, p.sku, p.name, p.description, p.price, p.currency, i.stock, p.active, p.metadata, p.version, p.created_at, p.updated_at
  FROM products p JOIN inventory i ON i.product_id = p.id`;

const find = statement('products.find', `${withStock} WHERE p.id = $1`);

// The inventory rows are locked, and every change of a product holds that lock.
const read = statement('products.read', `${withStock} WHERE p.id = ANY($1::uuid[]) ORDER BY p.id`);
const readToSell = statement(
  'products.read-to-sell',
  `SELECT id, sku, name, price, currency, active FROM products WHERE id = ANY($1::uuid[])`,
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
  metadata: JsonObject;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** Collations that know upper and lower case of every script, best first: built in since PostgreSQL 17 and 18, ICU before. */
const caseAware = ['pg_unicode_fast', 'pg_c_utf8', 'und-x-icu'];
const collations = statement(
  'products.collations',
  `SELECT collname AS name FROM pg_collation
   WHERE collname = ANY($1::text[]) AND collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
   ORDER BY array_position($1::text[], collname::text) LIMIT 1`,
);

@Injectable()
export class SqlProducts extends Products {
  private named: Promise<string> | null = null;

  constructor(
    private readonly database: Database,
    private readonly searches: Searches,
  ) {
    super();
  }

  /** Names the collation: that of a database that was made long ago may know ASCII letters only. */
  private async collation(): Promise<string> {
    this.named ??= this.database
      .read<{ name: string }>(collations, [caseAware])
      .then(([found]) => (found ? ` COLLATE "${found.name}"` : ''));
    try {
      return await this.named;
    } catch (error) {
      this.named = null; // asked again by the next search
      throw error;
    }
  }

  override async find(id: string): Promise<Product | null> {
    return first(await this.database.lookUp<ProductRow>(find, [id]), product);
  }

  override async list(filter: ProductFilter, afterId: string | null, limit: number): Promise<Product[]> {
    const asked = new Conditions([limit + 1]);
    asked.where('p.id < ?', afterId);
    if (filter.inStock !== undefined) asked.also(filter.inStock ? 'i.stock > 0' : 'i.stock = 0');
    asked.where('p.active = ?', filter.active);
    asked.where('p.sku = ?', filter.sku);
    if (filter.q !== undefined)
      asked.where(
        `(p.name || ' ' || coalesce(p.sku, '') || ' ' || coalesce(p.description, ''))${await this.collation()} ILIKE ?`,
        `%${nameOf(filter.q).replace(/[\\%_]/g, '\\$&')}%`,
      );
    const text = `${withStock} ${asked.sql} ORDER BY p.id DESC LIMIT $1`;
    // These filters may have to look at the whole catalogue; a page of everything comes from the primary key.
    const isSearch = filter.q !== undefined || filter.inStock !== undefined || filter.active !== undefined;
    const rows = isSearch
      ? await this.searches.read<ProductRow>(text, asked.values)
      : await this.database.readOnce<ProductRow>(text, asked.values);
    return rows.map(product);
  }

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
