import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { owners } from './tables.js';

/** Which module reads which table of another, and why. A read that is not here belongs behind the owner's contract. */
const allowed: Readonly<Record<string, string>> = {
  'products reads inventory': 'a product is shown and filtered with its stock',
  'orders reads inventory': 'integrity: the stock is explained by adjustments and orders',
  'orders reads stock_adjustments': 'integrity: the stock is explained by adjustments and orders',
  'orders reads products': 'integrity: every product has its stock',
  'orders reads balance_accounts': 'integrity: what is blocked is held by pending orders',
  'orders reads ledger_movements': 'integrity: what is blocked is held by pending orders',
  'payments reads orders': 'a customer sees the payments of their orders; integrity compares both',
  'payments reads ledger_movements': 'integrity: what was captured and refunded is in the ledger',
  'operations reads orders': 'the timeline says whether there is such an order',
};

/** Tables of the platform that any module may read: the event log and the queue. */
const common = ['events', 'outbox', 'dead_letters', 'idempotency_records'];

describe('reads across modules', () => {
  it('are on the list, and the list holds nothing else', () => {
    const found = new Set<string>();
    for (const file of readdirSync('src/modules', { recursive: true, encoding: 'utf8' })) {
      if (!/(\.sql|integrity|timeline)\.ts$|typeorm-[a-z-]+\.ts$/.test(file)) continue;
      const module = file.split('/')[0]!;
      const text = readFileSync(`src/modules/${file}`, 'utf8').replace(/^\s*\/\/.*$/gm, '');
      for (const [, table] of text.matchAll(/\b(?:FROM|JOIN)\s+(?:ONLY\s+)?([a-z_]+)\b/g)) {
        const owner = owners[table!];
        if (owner && owner !== module && !common.includes(table!)) found.add(`${module} reads ${table}`);
      }
    }
    expect([...found].sort()).toEqual(Object.keys(allowed).sort());
  });
});
