import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Json } from '#kernel/json.js';
import type { Cause } from '#ports/events.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { BATCH, inBatches, pagesOfIds } from '#platform/database/batches.js';
import { Database } from '#platform/database/database.js';
import { count, statement } from '#platform/database/statement.js';
import { CancelOrder } from '../application/cancel-order.js';
import { OrderReadModel } from '../application/order-read-model.js';

// Locks some of the customer's orders, ids ascending, as always when several are needed.
const forget = statement(
  'personal-data.forget-orders',
  `UPDATE orders SET customer_id = $2, email = NULL, shipping_address = NULL, billing_address = NULL, metadata = '{}', cancel_reason = NULL,
     version = version + 1
   WHERE id IN (SELECT id FROM orders WHERE customer_id = $1 ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE)`,
);
const idsAfter = statement(
  'personal-data.orders-after',
  `SELECT id FROM orders WHERE customer_id = $1 AND id > $2 ORDER BY id LIMIT ${BATCH}`,
);
const open = statement(
  'personal-data.open-orders',
  `SELECT id FROM orders WHERE customer_id = $1 AND status = 'pending' AND customer_id IS NOT NULL ORDER BY id LIMIT 10000`,
);
const any = statement('personal-data.any-order', `SELECT id FROM orders WHERE customer_id = $1 LIMIT 1`);

const PAGE = 100;

/** Orders and where they were sent. The amounts stay for the books. */
@Injectable()
export class OrderData implements PersonalDataHolder {
  readonly name = 'orders';

  constructor(
    private readonly orders: OrderReadModel,
    private readonly database: Database,
    private readonly commands: CommandBus,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async *export(customerId: string): AsyncGenerator<Json> {
    for (let after: string | null = null; ;) {
      const found = await this.orders.list({ customerId }, after, PAGE);
      for (const order of found.slice(0, PAGE)) yield JSON.parse(order.json) as Json;
      if (found.length <= PAGE) return;
      after = found[PAGE - 1]!.id;
    }
  }

  async knows(customerId: string): Promise<boolean> {
    return (await this.database.read(any, [customerId])).length > 0;
  }

  async obligations(customerId: string): Promise<string[]> {
    const { length } = await this.database.read(open, [customerId]);
    return length === 0 ? [] : [length === 1 ? '1 order is open.' : `${length} orders are open.`];
  }

  /** Cancels what is open, order by order: each gives back its units and its money. */
  async settle(customerId: string, cause: Cause): Promise<void> {
    for (const { id } of await this.database.read<{ id: string }>(open, [customerId]))
      await this.database.run((tx) => this.commands.execute(new CancelOrder(tx, id, null, customerId, cause)));
  }

  erase({ customerId, pseudonym }: Person): Promise<void> {
    return inBatches(this.database, (tx) => count(tx, forget, [customerId, pseudonym]));
  }

  /** By the pseudonym that erasing has given them. */
  subjects({ pseudonym }: Person): AsyncIterable<readonly string[]> {
    return pagesOfIds((after) => this.database.read(idsAfter, [pseudonym, after]));
  }
}
