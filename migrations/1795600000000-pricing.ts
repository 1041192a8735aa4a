import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a price depends on besides the catalog: tariffs, what they are compiled from, and what an order keeps of its own. */
export class Pricing1795600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tax_rates (
        id uuid PRIMARY KEY,
        country char(2) NOT NULL CONSTRAINT tax_rates_country_code CHECK (country ~ '^[A-Z]{2}$'),
        region text,
        tax_class text NOT NULL,
        name text NOT NULL,
        rate_ppm integer NOT NULL CONSTRAINT tax_rates_rate_in_bounds CHECK (rate_ppm BETWEEN 0 AND 1000000),
        valid_from timestamp(3) with time zone NOT NULL,
        valid_to timestamp(3) with time zone CONSTRAINT tax_rates_valid_in_order CHECK (valid_to > valid_from),
        version integer NOT NULL,
        created_at timestamp(3) with time zone NOT NULL,
        updated_at timestamp(3) with time zone NOT NULL
      );
      CREATE TABLE shipping_methods (
        id uuid PRIMARY KEY,
        code text NOT NULL CONSTRAINT shipping_methods_code_unique UNIQUE,
        name text NOT NULL,
        tax_class text NOT NULL,
        prices json NOT NULL,
        areas json NOT NULL,
        active boolean NOT NULL,
        version integer NOT NULL,
        created_at timestamp(3) with time zone NOT NULL,
        updated_at timestamp(3) with time zone NOT NULL
      );
      CREATE TABLE promotions (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        kind text NOT NULL CONSTRAINT promotions_kind_known
          CHECK (kind IN ('percentage', 'fixed', 'free-shipping', 'fixed-price', 'buy-x-get-y')),
        value_ppm integer CONSTRAINT promotions_value_in_bounds CHECK (value_ppm BETWEEN 1 AND 1000000),
        amounts json NOT NULL,
        buy_x integer,
        get_y integer,
        max_times integer,
        target text NOT NULL CONSTRAINT promotions_target_known CHECK (target IN ('order', 'products', 'categories', 'shipping')),
        product_ids uuid[] NOT NULL,
        category_ids uuid[] NOT NULL,
        conditions json NOT NULL,
        starts_at timestamp(3) with time zone NOT NULL,
        ends_at timestamp(3) with time zone CONSTRAINT promotions_times_in_order CHECK (ends_at > starts_at),
        priority integer NOT NULL,
        combines text[] NOT NULL,
        needs_code boolean NOT NULL,
        active boolean NOT NULL,
        version integer NOT NULL,
        created_at timestamp(3) with time zone NOT NULL,
        updated_at timestamp(3) with time zone NOT NULL
      );
      CREATE TABLE coupon_codes (
        code text PRIMARY KEY CONSTRAINT coupon_codes_spelling CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{2,39}$'),
        promotion_id uuid NOT NULL CONSTRAINT coupon_codes_promotion_exists REFERENCES promotions,
        active boolean NOT NULL,
        created_at timestamp(3) with time zone NOT NULL
      );
      CREATE INDEX coupon_codes_promotion ON coupon_codes (promotion_id, code);
      CREATE TABLE pricing_settings (
        id integer PRIMARY KEY CONSTRAINT pricing_settings_one_row CHECK (id = 1),
        settings json NOT NULL,
        version integer NOT NULL,
        updated_at timestamp(3) with time zone NOT NULL
      );
      CREATE TABLE tariffs (
        version bigint PRIMARY KEY,
        body json NOT NULL,
        body_hash bytea NOT NULL,
        changed json NOT NULL,
        note text,
        published_by text,
        published_at timestamp(3) with time zone NOT NULL
      );
      CREATE TABLE tariff_current (
        id integer PRIMARY KEY CONSTRAINT tariff_current_one_row CHECK (id = 1),
        version bigint NOT NULL
      );
      INSERT INTO tariff_current VALUES (1, 0);
    `);
    await runner.query(
      `CREATE TRIGGER tariffs_append_only BEFORE UPDATE OR DELETE ON tariffs FOR EACH ROW EXECUTE FUNCTION refuse_change()`,
    );
    await runner.query(`
      ALTER TABLE products
        ADD COLUMN tax_class text NOT NULL DEFAULT 'standard',
        ADD COLUMN weight_g integer CONSTRAINT products_weight_not_negative CHECK (weight_g >= 0),
        ADD COLUMN requires_shipping boolean NOT NULL DEFAULT true;
      ALTER TABLE orders
        ADD COLUMN discount bigint NOT NULL DEFAULT 0,
        ADD COLUMN tax_included boolean NOT NULL DEFAULT false,
        ADD COLUMN tariff_version bigint NOT NULL DEFAULT 0,
        ADD COLUMN pricing json,
        ADD COLUMN email text,
        ADD COLUMN billing_address json,
        DROP CONSTRAINT orders_total_adds_up,
        ADD CONSTRAINT orders_total_adds_up
          CHECK (total = subtotal - discount + shipping + CASE WHEN tax_included THEN 0 ELSE tax END) NOT VALID,
        ADD CONSTRAINT orders_discount_in_bounds CHECK (0 <= discount AND discount <= subtotal) NOT VALID;
      ALTER TABLE order_lines
        ADD COLUMN discount bigint NOT NULL DEFAULT 0,
        ADD COLUMN tax bigint NOT NULL DEFAULT 0,
        ADD COLUMN rate_ppm integer NOT NULL DEFAULT 0,
        ADD CONSTRAINT order_lines_shares_in_bounds CHECK (0 <= discount AND discount <= total AND tax >= 0) NOT VALID;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE order_lines DROP COLUMN discount, DROP COLUMN tax, DROP COLUMN rate_ppm;
      ALTER TABLE orders
        DROP COLUMN discount, DROP COLUMN tax_included, DROP COLUMN tariff_version, DROP COLUMN pricing, DROP COLUMN email,
        DROP COLUMN billing_address, ADD CONSTRAINT orders_total_adds_up CHECK (total = subtotal + tax + shipping);
      ALTER TABLE products DROP COLUMN tax_class, DROP COLUMN weight_g, DROP COLUMN requires_shipping;
      DROP TABLE tariff_current, tariffs, pricing_settings, coupon_codes, promotions, shipping_methods, tax_rates;
    `);
  }
}
