import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrations } from '../../migrations/all.js';
import {
  nextStates as orderStates,
  expiringPaymentStatuses,
  paymentMethods,
  paymentStatuses,
} from '#modules/orders/domain/order.js';
import { nextHoldStates } from '#modules/balances/domain/service-hold.js';
import { nextMethodStates } from '#modules/payments/domain/payment-method.js';
import { nextRefundStates } from '#modules/payments/domain/refund.js';
import { liveStates, nextStates as paymentStates } from '#modules/payments/domain/payment.js';
import { recipientConsumers, subscriptions } from '#app/subscriptions.js';
import { deliveryStates } from '#modules/webhooks/domain/delivery.js';
import { endpointStates } from '#modules/webhooks/domain/endpoint.js';
import { statementNamed } from '#platform/database/statement.js';
import { owners } from './tables.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { hotStatements } from './hot-statements.js';

describe('the schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  const listed = (text: string) => [...text.matchAll(/'([a-z_]+)'::text/g)].map((match) => match[1]).sort();
  const constraint = async (name: string) =>
    (
      await database.query<{ text: string }>(
        'SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = $1',
        [name],
      )
    )[0]!.text;
  const index = async (name: string) =>
    (await database.query<{ text: string }>('SELECT indexdef AS text FROM pg_indexes WHERE indexname = $1', [name]))[0]!
      .text;

  it('knows exactly the states of the state machines', async () => {
    expect(listed(await constraint('orders_status_known'))).toEqual(Object.keys(orderStates).sort());
    expect(listed(await constraint('orders_payment_status_known'))).toEqual([...paymentStatuses].sort());
    expect(listed(await constraint('orders_payment_method_known'))).toEqual([...paymentMethods].sort());
    expect(listed(await constraint('payments_status_known'))).toEqual(Object.keys(paymentStates).sort());
    expect(listed(await constraint('refunds_status_known'))).toEqual(Object.keys(nextRefundStates).sort());
    expect(listed(await constraint('payment_methods_status_known'))).toEqual(Object.keys(nextMethodStates).sort());
    expect(listed(await constraint('balance_service_holds_state_known'))).toEqual(Object.keys(nextHoldStates).sort());
    expect(listed(await constraint('webhook_endpoints_status_known'))).toEqual([...endpointStates].sort());
    expect(listed(await constraint('webhook_deliveries_status_known'))).toEqual([...deliveryStates].sort());
    expect(listed(await index('payments_one_live_per_order'))).toEqual([...liveStates].sort());
    expect(listed(await index('orders_expiring'))).toEqual([...expiringPaymentStatuses, 'pending'].sort());
  });

  it('is made by every migration in the folder, oldest first', () => {
    const files = readdirSync('migrations')
      .filter((file) => /^\d/.test(file))
      .sort();
    expect(migrations.map(({ name }) => name.slice(-13))).toEqual(files.map((file) => file.slice(0, 13)));
  });

  it('has a name for every constraint that is recognised in an error', async () => {
    const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`src/${file}`, 'utf8'))
      .join('\n');
    const used = [...code.matchAll(/violatedUnique\(error\) === '([a-z_]+)'/g)].map((match) => match[1]!);
    expect(used.length).toBeGreaterThan(1);
    for (const name of used)
      expect(await database.query('SELECT 1 FROM pg_constraint WHERE conname = $1', [name])).toHaveLength(1);
  });

  it('is written, table by table, by one module only', () => {
    const writes = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [
          ...readFileSync(`src/${file}`, 'utf8').matchAll(
            /(?:INSERT INTO|UPDATE|DELETE FROM|@Entity\(') *([a-z_]+)\b/g,
          ),
        ].map((match) => ({ file, table: match[1]! })),
      )
      .filter(({ table }) => table !== 'of' && table !== 'skip');
    expect(writes.length).toBeGreaterThan(15);
    for (const { file, table } of writes.filter(({ table }) => /^[a-z_]+$/.test(table) && table in owners)) {
      expect(`${table} is written in ${file.replace('modules/', '').split('/')[0]}`).toBe(
        `${table} is written in ${owners[table]}`,
      );
      expect(file).toMatch(/\.sql\.ts$|\/typeorm-[a-z-]+\.ts$|\.entity\.ts$/);
    }
  });

  it('stores consumers under ids of their own, never under the names of their classes', () => {
    const consumers = [...Object.values(subscriptions).flat(), ...recipientConsumers.map((consumer) => ({ consumer }))];
    const classes = new Set(consumers.map(({ consumer }) => consumer));
    const ids = [...classes].flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id } of classes) expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
  });

  it('answers every hot statement from an index', async () => {
    await database.query(
      `INSERT INTO products SELECT gen_random_uuid(), 'sku' || n, 'p', null, 100, 'USD', true, '{}', 1, now(), now() FROM generate_series(1, 5000) n`,
    );
    await database.query(`INSERT INTO inventory SELECT id, 100, false FROM products`);
    await database.query(
      `INSERT INTO orders SELECT gen_random_uuid(), 'n' || n, 'c' || n % 500, 'pending', 'unpaid', 'card', 'USD', 100, 0, 0, 100, null, '{}', null, 1, now(), now(), null, null, now() + n * interval '1 minute' FROM generate_series(1, 5000) n`,
    );
    await database.query(`INSERT INTO order_lines SELECT id, 0, gen_random_uuid(), null, 'p', 1, 100, 100 FROM orders`);
    await database.query(
      `INSERT INTO events SELECT gen_random_uuid(), 'order.placed', 'order', id, 1, '{}', now(), null, null FROM orders`,
    );
    await database.query(
      `INSERT INTO outbox (event_id, subscriber, due_at) SELECT id, 'S' || n, now() - interval '1 hour' FROM events, generate_series(1, 8) n`,
    );
    await database.query(
      `INSERT INTO idempotency_records SELECT gen_random_uuid(), 'c', 'k', 'h', 201, '', '{}', now() FROM generate_series(1, 5000)`,
    );
    await database.query(`INSERT INTO payments (id, order_id, provider, provider_reference, amount, currency, capture_method, status, version, created_at, updated_at, method_types)
      SELECT gen_random_uuid(), id, 'stripe', 'pi_' || id, 100, 'USD', 'automatic', 'processing', 1, now(), now(), '{card}' FROM orders`);
    await database.query(
      `INSERT INTO webhook_deliveries SELECT gen_random_uuid(), id, type, gen_random_uuid(), 'pending', 0, now(), now(), null FROM events`,
    );
    await database.query(
      `INSERT INTO inbox_messages (id, source, event_id, type, raw_body, headers, status, received_at)
       SELECT gen_random_uuid(), 's', n::text, 't', '', '{}', 'applied', now() FROM generate_series(1, 5000) n`,
    );
    await database.query('ANALYZE');

    // Every statement is known once its file was loaded.
    for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' }))
      if (file.endsWith('.sql.ts')) await import(`../../src/${file}`);
    for (const [name, values] of Object.entries(hotStatements)) {
      const text = statementNamed(name).text.replace(/\$(\d+)/g, (_, n: string) => `(${values[Number(n) - 1]})`);
      const plan = (await database.query<Record<string, string>>(`EXPLAIN ${text}`))
        .map((row) => row['QUERY PLAN'])
        .join('\n');
      expect(`${name}: ${/Seq Scan on (?!k\b|letter)\w+/.exec(plan)?.[0] ?? 'index only'}`).toBe(`${name}: index only`);
    }
  });

  it('refuses by itself what the program never does', async () => {
    const one = `gen_random_uuid(), 'sku', 'p', null, 100, 'USD', true, '{}', 1, now(), now()`;
    await database.query(`INSERT INTO products SELECT ${one}`);
    await database.query(`INSERT INTO inventory SELECT id, 1, false FROM products WHERE sku = 'sku'`);
    await database.query(
      `INSERT INTO orders SELECT '01939d00-0000-7000-8000-00000000aaaa', 'guard', 'c', 'pending', 'unpaid', 'card', 'USD', 100, 0, 0, 100, null, '{}', null, 1, now(), now(), null, null, null`,
    );
    const payment = (status: string) =>
      `INSERT INTO payments (id, order_id, provider, amount, currency, capture_method, status, version, created_at, updated_at, method_types)
       SELECT gen_random_uuid(), '01939d00-0000-7000-8000-00000000aaaa', 'stripe', 100, 'USD', 'automatic', '${status}', 1, now(), now(), '{}'`;
    await database.query(payment('processing'));
    await database.query(`INSERT INTO balance_accounts VALUES (gen_random_uuid(), 'c', 'USD', 10, 0, now(), now())`);
    const movement = (amount: number, from: string, to: string) =>
      `INSERT INTO ledger_movements (id, kind, reference, currency, amount, source, destination, created_at) SELECT gen_random_uuid(), 'payment', 'guard', 'USD', ${amount}, '${from}', '${to}', now()`;
    await database.query(movement(1, 'cash', 'revenue'));
    await database.query(
      `INSERT INTO events SELECT gen_random_uuid(), 'x', 'x', '01939d00-0000-7000-8000-00000000bbbb', 1, '{}', now(), null, null`,
    );
    await database.query(
      `INSERT INTO inbox_messages VALUES (gen_random_uuid(), 'stripe', 'evt_guard', 'x', '', '{}', 'received', null, now(), null)`,
    );
    await database.query(
      `INSERT INTO idempotency_records SELECT '01939d00-0000-7000-8000-00000000cccc', 'c', 'k', 'h', 201, '', '{}', now()`,
    );
    const active = `INSERT INTO payment_methods (id, customer_id, provider, provider_reference, status, version, created_at, updated_at)
      SELECT gen_random_uuid(), 'c', 'stripe', 'pm_guard', 'active', 1, now(), now()`;
    await database.query(active);
    const made = active
      .replace('updated_at)', `updated_at, created_by)`)
      .replace('now(), now()', `now(), now(), '01939d00-0000-7000-8000-00000000dddd'`)
      .replace(`'active'`, `'failed'`);
    await database.query(made);
    await database.query(`INSERT INTO tariffs VALUES (1, '{}', '', '[]', null, null, now())`);
    const refused: Record<string, string> = {
      payment_methods_active_unique: active,
      payment_methods_created_by_unique: made,
      payment_methods_active_are_kept: `UPDATE payment_methods SET provider_reference = NULL`,
      inventory_stock_not_negative: `UPDATE inventory SET stock = stock - 2 WHERE product_id = (SELECT id FROM products WHERE sku = 'sku')`,
      orders_order_number_unique: `INSERT INTO orders SELECT gen_random_uuid(), 'guard', 'c', 'pending', 'unpaid', 'card', 'USD', 100, 0, 0, 100, null, '{}', null, 1, now(), now(), null, null, null`,
      orders_total_adds_up: `UPDATE orders SET total = 99 WHERE order_number = 'guard'`,
      orders_completed_has_time: `UPDATE orders SET status = 'completed' WHERE order_number = 'guard'`,
      payments_one_live_per_order: payment('requires_capture'),
      payments_amounts_in_order: `UPDATE payments SET amount_captured = 101`,
      balance_accounts_not_negative: `UPDATE balance_accounts SET available = -1`,
      ledger_movements_reference_unique: movement(1, 'cash', 'revenue'),
      ledger_movements_amount_positive: movement(0, 'cash', 'revenue'),
      ledger_movements_accounts_known: movement(1, 'cash', 'cash'),
      events_subject_sequence_unique: `INSERT INTO events SELECT gen_random_uuid(), 'x', 'x', '01939d00-0000-7000-8000-00000000bbbb', 1, '{}', now(), null, null`,
      'events is append-only': `DELETE FROM events`,
      'tariffs is append-only': `UPDATE tariffs SET body = '{"taxRates": []}'`,
      tariffs_pkey: `INSERT INTO tariffs VALUES (1, '{}', '', '[]', null, null, now())`,
      orders_discount_in_bounds: `UPDATE orders SET discount = 101, total = -1 WHERE order_number = 'guard'`,
      'ledger_movements is append-only': `UPDATE ledger_movements SET amount = 2`,
      inbox_messages_event_unique: `INSERT INTO inbox_messages VALUES (gen_random_uuid(), 'stripe', 'evt_guard', 'x', '', '{}', 'received', null, now(), null)`,
      idempotency_records_pkey: `INSERT INTO idempotency_records SELECT '01939d00-0000-7000-8000-00000000cccc', 'c', 'k', 'h', 201, '', '{}', now()`,
    };
    for (const [guard, statement] of Object.entries(refused)) {
      const said = await database.query(statement).then(
        () => 'nothing',
        (error: { constraint?: string; message: string }) => error.constraint ?? error.message,
      );
      expect(said).toBe(guard);
    }
  });
});
