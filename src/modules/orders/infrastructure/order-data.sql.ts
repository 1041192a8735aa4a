import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { run, statement } from '#platform/database/statement.js';
import { Orders } from '../application/orders.js';

// Locks the customer's orders, ids ascending, as always when several are needed.
const lock = statement(
  'personal-data.lock-orders',
  `SELECT id FROM orders WHERE customer_id = $1 ORDER BY id FOR NO KEY UPDATE`,
);

const forget = statement(
  'personal-data.forget-orders',
  `UPDATE orders SET customer_id = $2, shipping_address = NULL, metadata = '{}', cancel_reason = NULL, version = version + 1 WHERE customer_id = $1`,
);

const PAGE = 100;
const MAX_PAGES = 100;

/** Orders and where they were sent. The amounts stay for the books. */
@Injectable()
export class OrderData implements PersonalDataHolder {
  readonly name = 'orders';

  constructor(
    private readonly orders: Orders,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const exported: Json[] = [];
    let after: string | null = null;
    for (let page = 0; page < MAX_PAGES; page++) {
      const found = await this.orders.list({ customerId }, after, PAGE);
      exported.push(...found.slice(0, PAGE).map((order) => JSON.parse(JSON.stringify(order)) as Json));
      if (found.length <= PAGE) break;
      after = found[PAGE - 1]!.id;
    }
    return exported;
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    await run(tx, lock, [customerId]);
    await run(tx, forget, [customerId, pseudonym]);
  }
}
