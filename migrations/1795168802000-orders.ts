import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders and their lines. The states listed here are compared with the domain's tables by a test. */
export class Orders1795168802000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id               uuid           CONSTRAINT orders_pkey PRIMARY KEY,
        order_number     text           NOT NULL CONSTRAINT orders_order_number_unique UNIQUE,
        customer_id      text,
        status           text           NOT NULL CONSTRAINT orders_status_known
                                        CHECK (status IN ('pending', 'completed', 'canceled')),
        payment_status   text           NOT NULL CONSTRAINT orders_payment_status_known
                                        CHECK (payment_status IN ('unpaid', 'processing', 'authorized', 'paid', 'failed',
                                                                  'partially_refunded', 'refunded', 'canceled')),
        payment_method   text           NOT NULL CONSTRAINT orders_payment_method_known
                                        CHECK (payment_method IN ('card', 'balance', 'manual')),
        currency         char(3)        NOT NULL,
        subtotal         bigint         NOT NULL CONSTRAINT orders_subtotal_positive CHECK (subtotal > 0),
        tax              bigint         NOT NULL CONSTRAINT orders_tax_not_negative CHECK (tax >= 0),
        shipping         bigint         NOT NULL CONSTRAINT orders_shipping_not_negative CHECK (shipping >= 0),
        total            bigint         NOT NULL CONSTRAINT orders_total_adds_up CHECK (total = subtotal + tax + shipping),
        shipping_address json,
        metadata         json           NOT NULL,
        cancel_reason    text,
        version          integer        NOT NULL,
        created_at       timestamptz(3) NOT NULL,
        updated_at       timestamptz(3) NOT NULL,
        completed_at     timestamptz(3) CONSTRAINT orders_completed_has_time CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
        canceled_at      timestamptz(3) CONSTRAINT orders_canceled_has_time CHECK ((status = 'canceled') = (canceled_at IS NOT NULL)),
        expires_at       timestamptz(3)
      ) WITH (fillfactor = 85);
      CREATE INDEX orders_customer ON orders (customer_id, id);
      CREATE INDEX orders_lapsing ON orders (expires_at)
        WHERE status = 'pending' AND payment_status IN ('unpaid', 'failed', 'canceled') AND expires_at IS NOT NULL;

      -- Lines are written with their order and never again. No foreign keys: the order is inserted by the same
      -- transaction, and a product that has lines is kept by its in_use flag.
      CREATE TABLE order_lines (
        order_id   uuid     NOT NULL,
        position   smallint NOT NULL,
        product_id uuid     NOT NULL,
        sku        text,
        name       text     NOT NULL,
        quantity   integer  NOT NULL CONSTRAINT order_lines_quantity_positive CHECK (quantity > 0),
        unit_price bigint   NOT NULL CONSTRAINT order_lines_unit_price_positive CHECK (unit_price > 0),
        total      bigint   NOT NULL CONSTRAINT order_lines_total_adds_up CHECK (total = quantity * unit_price),
        CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, position)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE order_lines, orders`);
  }
}
