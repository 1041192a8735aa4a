import { Injectable } from '@nestjs/common';
import { nameOf } from '#kernel/texts.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { json, jsonText, plain, text as string, time, word } from '#platform/database/json-text.js';
import { Searches } from '#platform/database/searches.js';
import { statement, statementPerLimit } from '#platform/database/statement.js';
import { ProductReadModel, type ProductFilter, type ShownProduct } from '../application/product-read-model.js';

// The members of presentProduct, in its order: a test compares the two.
const representation = jsonText({
  id: word('p.id'),
  sku: string('p.sku'),
  name: string('p.name'),
  description: string('p.description'),
  price: plain('p.price'),
  currency: word('p.currency'),
  stock: plain('i.stock'),
  active: plain('p.active'),
  taxClass: string('p.tax_class'),
  weightG: json('p.weight_g'),
  requiresShipping: plain('p.requires_shipping'),
  metadata: json('p.metadata'),
  version: plain('p.version'),
  createdAt: time('p.created_at'),
  updatedAt: time('p.updated_at'),
});

const shown = `SELECT p.id, p.version, i.stock, ${representation} AS json FROM products p JOIN inventory i ON i.product_id = p.id`;

const find = statement('products.find', `${shown} WHERE p.id = $1`);

// The newest products: what a shop window asks for, so that it is planned once.
const newest = statementPerLimit('products.newest', (limit) => `${shown} ORDER BY p.id DESC LIMIT ${limit}`);
const newestAfter = statementPerLimit(
  'products.newest-after',
  (limit) => `${shown} WHERE p.id < $1 ORDER BY p.id DESC LIMIT ${limit}`,
);

/** Collations that know upper and lower case of every script, best first: built in since PostgreSQL 17 and 18, ICU before. */
const caseAware = ['pg_unicode_fast', 'pg_c_utf8', 'und-x-icu'];
const collations = statement(
  'products.collations',
  `SELECT collname AS name FROM pg_collation
   WHERE collname = ANY($1::text[]) AND collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
   ORDER BY array_position($1::text[], collname::text) LIMIT 1`,
);

@Injectable()
export class SqlProductReadModel extends ProductReadModel {
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

  override async find(id: string): Promise<ShownProduct | null> {
    return (await this.database.lookUp<ShownProduct>(find, [id]))[0] ?? null;
  }

  override async list(filter: ProductFilter, afterId: string | null, limit: number): Promise<ShownProduct[]> {
    if (Object.values(filter).every((value) => value === undefined)) {
      if (afterId === null) return this.database.read<ShownProduct>(newest(limit + 1));
      return this.database.read<ShownProduct>(newestAfter(limit + 1), [afterId]);
    }
    const asked = new Conditions();
    asked.where('p.id < ?', afterId);
    if (filter.inStock !== undefined) asked.also(filter.inStock ? 'i.stock > 0' : 'i.stock = 0');
    asked.where('p.active = ?', filter.active);
    asked.where('p.sku = ?', filter.sku);
    if (filter.q !== undefined)
      asked.where(
        `(p.name || ' ' || coalesce(p.sku, '') || ' ' || coalesce(p.description, ''))${await this.collation()} ILIKE ?`,
        `%${nameOf(filter.q).replace(/[\\%_]/g, '\\$&')}%`,
      );
    const text = `${shown} ${asked.sql} ORDER BY p.id DESC LIMIT ${limit + 1}`;
    // These filters may have to look at the whole catalogue; a page of everything comes from the primary key.
    const isSearch = filter.q !== undefined || filter.inStock !== undefined || filter.active !== undefined;
    return isSearch
      ? this.searches.read<ShownProduct>(text, asked.values)
      : this.database.readOnce<ShownProduct>(text, asked.values);
  }
}
