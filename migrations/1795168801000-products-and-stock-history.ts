import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What can be sold, and why its stock is what it is. */
export class ProductsAndStockHistory1795168801000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- in_use is set by the first order of a product, under the same row lock as its stock: it replaces a foreign key
      -- from every order line, which would cost a fifth of placing an order.
      CREATE TABLE products (
        id          uuid           CONSTRAINT products_pkey PRIMARY KEY,
        sku         text           CONSTRAINT products_sku_unique UNIQUE,
        name        text           NOT NULL CONSTRAINT products_name_length CHECK (char_length(name) BETWEEN 1 AND 255),
        description text,
        price       bigint         NOT NULL CONSTRAINT products_price_positive CHECK (price > 0),
        currency    char(3)        NOT NULL,
        stock       bigint         NOT NULL CONSTRAINT products_stock_not_negative CHECK (stock >= 0),
        active      boolean        NOT NULL,
        in_use      boolean        NOT NULL DEFAULT false,
        metadata    json           NOT NULL,
        version     integer        NOT NULL,
        created_at  timestamptz(3) NOT NULL,
        updated_at  timestamptz(3) NOT NULL
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

      -- No foreign key: the history of a deleted product stays.
      CREATE TABLE stock_adjustments (
        id         uuid           CONSTRAINT stock_adjustments_pkey PRIMARY KEY,
        product_id uuid           NOT NULL,
        delta      bigint         NOT NULL CONSTRAINT stock_adjustments_delta_not_zero CHECK (delta <> 0),
        reason     text           NOT NULL,
        stock      bigint         NOT NULL CONSTRAINT stock_adjustments_stock_not_negative CHECK (stock >= 0),
        created_at timestamptz(3) NOT NULL
      );
      CREATE INDEX stock_adjustments_product ON stock_adjustments (product_id, id);
      CREATE TRIGGER stock_adjustments_append_only BEFORE UPDATE OR DELETE ON stock_adjustments
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE stock_adjustments, products`);
  }
}
