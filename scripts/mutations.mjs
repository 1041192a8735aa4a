// `npm run mutations`: takes one guard away at a time, in a copy, and shows that some test goes red. Writes docs/mutations.md.
//   -- name ...   only those whose name holds one of the words
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each guard: where it stands, how it is taken away, and the tests that are to notice. `build`: tests use what is built. */
const guards = [
  [
    'row lock of the products',
    'src/products/infrastructure/inventory.sql.ts',
    'WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,\n);\n\n// Takes',
    'WHERE id = ANY($1::uuid[])`,\n);\n\n// Takes',
    'test/races/races.spec.ts',
  ],
  [
    'CHECK that stock is not negative',
    'migrations/1795168801000-products-and-stock-history.ts',
    'CHECK (stock >= 0),\n        active',
    'CHECK (stock >= -1000000),\n        active',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'CHECK that balances are not negative',
    'migrations/1795179600000-balances-and-ledger.ts',
    'CHECK (available >= 0 AND blocked >= 0)',
    'CHECK (true)',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'CHECK that refunded <= captured <= amount',
    'migrations/1795168803000-payments.ts',
    'CHECK (0 <= amount_refunded AND amount_refunded <= amount_captured AND amount_captured <= amount)',
    'CHECK (true)',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'one live payment per order (unique index)',
    'migrations/1795168803000-payments.ts',
    'CREATE UNIQUE INDEX payments_one_live_per_order',
    'CREATE INDEX payments_one_live_per_order',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'a movement happens once (unique reference)',
    'migrations/1795179600000-balances-and-ledger.ts',
    'CONSTRAINT ledger_movements_reference_unique UNIQUE',
    '',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'row lock of the order',
    'src/orders/infrastructure/orders.sql.ts',
    'o.customer_id = $2) FOR NO KEY UPDATE OF o`',
    'o.customer_id = $2)`',
    'test/races/races.spec.ts',
  ],
  [
    'canceling what is canceled changes nothing',
    'src/orders/application/cancel-order.ts',
    "if (order.status === 'canceled') return order;",
    '',
    'test/races/races.spec.ts',
  ],
  [
    'idempotency: the answer is remembered',
    'src/platform/receipts/receipts.sql.ts',
    'if (answers.length === 0) return;',
    'return;',
    'test/stories/repeating-requests.spec.ts',
  ],
  [
    'idempotency: the request behind a key is compared',
    'src/platform/receipts/receipts.sql.ts',
    'if (!row.request_hash.equals(receipt.requestHash)) return',
    'if (false) return',
    'test/stories/repeating-requests.spec.ts',
  ],
  [
    'fencing token of the outbox',
    'src/platform/outbox/outbox.sql.ts',
    'WHERE o.id = ANY($1::bigint[]) AND o.id = mine.id AND o.fence = mine.fence RETURNING',
    'WHERE o.id = ANY($1::bigint[]) AND o.id = mine.id RETURNING',
    'test/races/outbox.spec.ts',
  ],
  [
    'SKIP LOCKED and the lease of a claim',
    'src/platform/outbox/outbox.sql.ts',
    "UPDATE outbox SET due_at = clock_timestamp() + $3 * interval '1 second', fence = nextval",
    'UPDATE outbox SET due_at = due_at, fence = nextval',
    'test/races/outbox.spec.ts',
  ],
  [
    'two attempts at one message: only the later counts',
    'src/platform/outbox/outbox.sql.ts',
    "attempts = 0, last_error = NULL, fence = nextval('outbox_fence')",
    'attempts = 0, last_error = NULL',
    'test/races/outbox.spec.ts',
  ],
  [
    'a message is given to an endpoint once',
    'src/webhooks/application/dispatch.ts',
    'await this.queue(tx, inserted,',
    'await this.queue(tx, deliveries,',
    'test/stories/webhook-endpoints.spec.ts',
  ],
  [
    'dedupe of notices',
    'src/webhooks/application/record-notice.ts',
    'if (!(await this.notices.insert(tx, notice))) return true;',
    'await this.notices.insert(tx, { ...notice, eventId: `${notice.eventId}-${notice.id}` });',
    'test/stories/notices-from-stripe.spec.ts',
  ],
  [
    'row lock of the payment (refunds)',
    'src/payments/infrastructure/payments.sql.ts',
    'WHERE p.id = $1 FOR NO KEY UPDATE`',
    'WHERE p.id = $1`',
    'test/races/payment-races.spec.ts',
  ],
  [
    'pending refunds count',
    'src/payments/domain/refund.ts',
    'payment.amountCaptured - payment.amountRefunded',
    'payment.amountCaptured',
    'test/races/payment-races.spec.ts',
  ],
  [
    'signature comparison',
    'src/webhooks/domain/signature.ts',
    'if (timingSafeEqual(expected, signature)) matches = true;',
    'matches = expected.length === signature.length;',
    'test/stories/notices-from-stripe.spec.ts',
  ],
  [
    'tolerance of the signature’s time',
    'src/webhooks/domain/signature.ts',
    "> toleranceSeconds ? 'stale' : null",
    '> toleranceSeconds ? null : null',
    'test/stories/notices-from-stripe.spec.ts',
  ],
  [
    'the amount of a verdict is ours',
    'src/payments/domain/payment.ts',
    "if (verdict.amount !== payment.amount || verdict.currency !== payment.currency) return 'contradiction';",
    '',
    'test/domain/payments.spec.ts',
  ],
  [
    'ownership of orders',
    'src/orders/infrastructure/orders.sql.ts',
    'FROM orders o WHERE o.id = $1 AND ($2::text IS NULL OR o.customer_id = $2)`);',
    'FROM orders o WHERE o.id = $1 AND ($2::text IS NULL OR true)`);',
    'test/stories/access.spec.ts',
  ],
  ['scope of a route', 'src/access/api/access.guard.ts', 'if (!scope || !caller.scopes.has(scope)) throw', 'if (!scope) throw', 'test/stories/access.spec.ts'],
  [
    'row lock of balances',
    'src/balances/infrastructure/accounts.sql.ts',
    'WHERE customer_id = $1 AND currency = $2 FOR NO KEY UPDATE`',
    'WHERE customer_id = $1 AND currency = $2`',
    'test/races/balances.spec.ts',
  ],
  [
    'a hold is released on cancel',
    'src/orders/application/order-cancellation.ts',
    'if (claimsBalance(order)) await this.wallets.release(tx, holdOf(order), cause);',
    '',
    'test/stories/balances.spec.ts',
  ],
  ['money nobody wants goes back', 'src/payments/application/apply-verdict.ts', 'if (after.surplus)', 'if (false)', 'test/races/races.spec.ts'],
  [
    'addresses are checked when they are connected to',
    'src/platform/outgoing/outgoing.ts',
    '(publicOnly && !found.every(({ address }) => isPublicAddress(address)))',
    'false',
    'test/races/outgoing-addresses.spec.ts',
  ],
  [
    'a commit that was a rollback is no success',
    'src/platform/database/statement.ts',
    "if (command !== 'COMMIT') throw",
    'if (false) throw',
    'test/races/corrupted-books.spec.ts',
  ],
  [
    'card numbers are refused',
    'src/platform/http/json-body.ts',
    "if (numbers !== 'any-number' && holdsCard(",
    'if (false && holdsCard(',
    'test/stories/card-numbers.spec.ts',
  ],
  [
    'the state and version under which an order is written (WHERE on status)',
    'src/orders/infrastructure/orders.sql.ts',
    'WHERE id = $1 AND status = $2 AND version = $3`',
    'WHERE id = $1 AND ($2::text, $3::int) IS NOT NULL`',
    'test/races/stale-writes.spec.ts',
  ],
  [
    'the version under which a payment is written',
    'src/payments/infrastructure/payments.sql.ts',
    'WHERE id = $1 AND version = $2`',
    'WHERE id = $1 AND $2::int IS NOT NULL`',
    'test/races/stale-writes.spec.ts',
  ],
  [
    'idempotency insert: one receipt per key (primary key)',
    'migrations/1795168800000-events-outbox-receipts.ts',
    'CONSTRAINT receipts_pkey PRIMARY KEY',
    'NOT NULL',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'one notice per event of a provider (unique)',
    'migrations/1795168804000-webhook-receipts.ts',
    'CONSTRAINT webhook_receipts_event_unique UNIQUE (provider, event_id)',
    'CHECK (true)',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'one event per sequence of a subject (unique)',
    'migrations/1795168800000-events-outbox-receipts.ts',
    'CONSTRAINT events_subject_sequence_unique UNIQUE (subject_id, sequence)',
    'CHECK (true)',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'history is append-only (trigger)',
    'migrations/1795168800000-events-outbox-receipts.ts',
    'CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events',
    'CREATE TRIGGER events_append_only BEFORE UPDATE ON events',
    'test/architecture/schema.spec.ts',
    'build',
  ],
  [
    'ownership of payments',
    'src/payments/infrastructure/payments.sql.ts',
    'o.id = p.order_id AND o.customer_id = $2))`;',
    'o.id = p.order_id AND $2::text IS NOT NULL))`;',
    'test/stories/access.spec.ts',
  ],
  [
    'a silent database is given up',
    'src/platform/database/database.ts',
    'query_timeout: statementTimeoutMs + UNANSWERED_MS,',
    '',
    'test/crashes/scarcity.spec.ts',
  ],
  [
    'file handles are kept for the database',
    'src/platform/http/http-server.ts',
    'limitConnections(fastify, fileHandles());',
    '',
    'test/crashes/scarcity.spec.ts',
    'build',
  ],
  ['the embedded database is started again', 'src/serve.ts', 'embedded.supervise((what) => log.warn({}, what));', '', 'test/crashes/scarcity.spec.ts', 'build'],
  [
    'reconciliation waits for our reactions only',
    'src/payments/infrastructure/our-books.sql.ts',
    "AND strpos(o.subscriber, '/') = 0",
    '',
    'test/races/provider-faults.spec.ts',
  ],
  [
    'long queues are claimed by index',
    'src/platform/outbox/outbox.sql.ts',
    'WHERE id = ANY(ARRAY(SELECT id FROM due))\n     RETURNING id, fence',
    'WHERE id IN (SELECT id FROM due)\n     RETURNING id, fence',
    'test/architecture/schema.spec.ts',
  ],
];

const words = process.argv.slice(2);
const chosen = guards.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)));
const say = (text) => process.stdout.write(`${text}\n`);
const run = (cwd, args) => spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 240_000, env: { ...process.env, CI: 'true' } });

const copy = mkdtempSync(join(tmpdir(), 'quittance-mutations-'));
const results = [];
try {
  const tracked = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  for (const file of tracked) cpSync(file, join(copy, file));
  cpSync('dist', join(copy, 'dist'), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  for (const [i, [name, file, guard, without, tests, build]] of chosen.entries()) {
    const path = join(copy, file);
    const good = readFileSync(path, 'utf8');
    if (!good.includes(guard)) throw new Error(`The guard "${name}" does not stand in ${file} any more`);
    writeFileSync(
      path,
      good.replace(guard, () => without),
    );
    if (build) run(copy, ['scripts/prepare.mjs']);
    const jest = run(copy, [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      tests,
      '--forceExit',
      '--json',
      '--outputFile=red.json',
    ]);
    writeFileSync(path, good);
    if (build) run(copy, ['scripts/prepare.mjs']);
    // Tests that cannot even run notice nothing.
    const red = existsSync(join(copy, 'red.json'))
      ? JSON.parse(readFileSync(join(copy, 'red.json'), 'utf8')).testResults.flatMap(({ message }) =>
          [...message.matchAll(/^ *● .+ › (.+)$/gm)].map((match) => match[1]),
        )
      : [];
    rmSync(join(copy, 'red.json'), { force: true });
    const isCaught = red.length > 0;
    if (jest.status !== 0 && !isCaught) say(`${jest.stdout}${jest.stderr}`.slice(-2_000));
    results.push({ name, file, tests, isCaught, red });
    say(`${i + 1} of ${chosen.length}  ${isCaught ? 'caught' : 'NOT CAUGHT'}  ${name}${isCaught ? `: ${red[0]}` : ''}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

const missed = results.filter(({ isCaught }) => !isCaught);
if (words.length === 0) {
  const rows = results.map(({ name, file, tests, isCaught, red }) => `| ${name} | \`${file}\` | ${isCaught ? `${red[0]} (\`${tests}\`)` : '**not caught**'} |`);
  writeFileSync(
    'docs/mutations.md',
    [
      '# Guards, and the tests that miss them',
      '',
      '`npm run mutations` takes one guard away at a time, in a copy, runs the tests that are to notice, and puts it back. Every guard here was',
      'seen to be missed. Written by that command.',
      '',
      '| guard | where it stands | the test that went red without it |',
      '| --- | --- | --- |',
      ...rows,
      '',
    ].join('\n'),
  );
}
say(
  missed.length === 0
    ? `All ${results.length} guards are missed when they are gone.`
    : `${missed.length} of ${results.length} guards could go without anybody noticing.`,
);
process.exitCode = missed.length === 0 ? 0 : 1;
