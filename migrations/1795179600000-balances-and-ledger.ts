import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What customers hold with the shop, and the one ledger of all its money. */
export class BalancesAndLedger1795179600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE balance_accounts (
        id          uuid           CONSTRAINT balance_accounts_pkey PRIMARY KEY,
        customer_id text           NOT NULL,
        currency    char(3)        NOT NULL,
        available   bigint         NOT NULL DEFAULT 0,
        blocked     bigint         NOT NULL DEFAULT 0,
        created_at  timestamptz(3) NOT NULL,
        updated_at  timestamptz(3) NOT NULL,
        CONSTRAINT balance_accounts_customer_currency_unique UNIQUE (customer_id, currency),
        CONSTRAINT balance_accounts_not_negative CHECK (available >= 0 AND blocked >= 0),
        CONSTRAINT balance_accounts_safe CHECK (available + blocked <= 9007199254740991)
      ) WITH (fillfactor = 80);

      -- Double entry in one row: the amount leaves one side and arrives at the other, so that no movement can fail to sum to
      -- zero. reference is what happens at most once; capturing and releasing a hold share theirs, so it is never both.
      -- The shop's own sides have no row to fight for: their balance is the sum of their entries.
      CREATE TABLE ledger_movements (
        id              uuid           CONSTRAINT ledger_movements_pkey PRIMARY KEY,
        kind            text           NOT NULL,
        reference       text           NOT NULL CONSTRAINT ledger_movements_reference_unique UNIQUE,
        account_id      uuid,
        order_id        uuid,
        payment_id      uuid,
        currency        char(3)        NOT NULL,
        amount          bigint         NOT NULL CONSTRAINT ledger_movements_amount_positive CHECK (amount > 0),
        from_side       text           NOT NULL,
        to_side         text           NOT NULL,
        available_after bigint,
        blocked_after   bigint,
        note            text,
        created_at      timestamptz(3) NOT NULL,
        CONSTRAINT ledger_movements_sides_known CHECK (
          from_side <> to_side
          AND from_side IN ('available', 'blocked', 'cash', 'revenue', 'refunds_due')
          AND to_side IN ('available', 'blocked', 'cash', 'revenue', 'refunds_due')),
        CONSTRAINT ledger_movements_account_named CHECK (
          (account_id IS NOT NULL) = (from_side IN ('available', 'blocked') OR to_side IN ('available', 'blocked')))
      );
      CREATE INDEX ledger_movements_account ON ledger_movements (account_id, id) WHERE account_id IS NOT NULL;
      CREATE INDEX ledger_movements_order ON ledger_movements (order_id) WHERE order_id IS NOT NULL;
      CREATE TRIGGER ledger_movements_append_only BEFORE UPDATE OR DELETE ON ledger_movements
        FOR EACH ROW EXECUTE FUNCTION refuse_change();

      CREATE INDEX orders_holding_balance ON orders (expires_at)
        WHERE status = 'pending' AND payment_method = 'balance' AND payment_status = 'authorized' AND expires_at IS NOT NULL;

      -- What orders claim of money that an external service keeps.
      CREATE TABLE balance_service_holds (
        id          uuid           CONSTRAINT balance_service_holds_pkey PRIMARY KEY,
        order_id    uuid           NOT NULL CONSTRAINT balance_service_holds_order_unique UNIQUE,
        customer_id text           NOT NULL,
        currency    char(3)        NOT NULL,
        amount      bigint         NOT NULL CONSTRAINT balance_service_holds_amount_positive CHECK (amount > 0),
        state       text           NOT NULL CONSTRAINT balance_service_holds_state_known
                                   CHECK (state IN ('requested', 'blocked', 'capturing', 'captured', 'releasing', 'released')),
        is_unwanted boolean        NOT NULL,
        created_at  timestamptz(3) NOT NULL,
        updated_at  timestamptz(3) NOT NULL
      );

      CREATE VIEW ledger_entries AS
        SELECT id AS movement_id, kind, account_id, currency, from_side AS side, -amount AS amount, created_at FROM ledger_movements
        UNION ALL
        SELECT id, kind, account_id, currency, to_side, amount, created_at FROM ledger_movements;

      -- What was paid and refunded before there was a ledger.
      INSERT INTO ledger_movements (id, kind, reference, order_id, payment_id, currency, amount, from_side, to_side, created_at)
        SELECT gen_random_uuid(), 'payment', 'payment:' || id, order_id, id, currency, amount_captured, 'cash', 'revenue', updated_at
        FROM payments WHERE amount_captured > 0;
      INSERT INTO ledger_movements (id, kind, reference, order_id, payment_id, currency, amount, from_side, to_side, created_at)
        SELECT gen_random_uuid(), 'refund_due', 'refund:' || r.id || ':due', p.order_id, p.id, p.currency, r.amount, 'revenue', 'refunds_due', r.created_at
        FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status <> 'failed';
      INSERT INTO ledger_movements (id, kind, reference, order_id, payment_id, currency, amount, from_side, to_side, created_at)
        SELECT gen_random_uuid(), 'refund_paid', 'refund:' || r.id || ':paid', p.order_id, p.id, p.currency, r.amount, 'refunds_due', 'cash', r.updated_at
        FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.status = 'succeeded';
      INSERT INTO ledger_movements (id, kind, reference, order_id, currency, amount, from_side, to_side, created_at)
        SELECT gen_random_uuid(), 'payment', 'order:' || o.id || ':manual', o.id, o.currency, o.total, 'cash', 'revenue', o.completed_at
        FROM orders o WHERE o.payment_method = 'manual' AND o.status = 'completed' AND o.total > 0
          AND NOT EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.status = 'succeeded');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX orders_holding_balance;
      DROP VIEW ledger_entries;
      DROP TABLE balance_service_holds, ledger_movements, balance_accounts;
    `);
  }
}
