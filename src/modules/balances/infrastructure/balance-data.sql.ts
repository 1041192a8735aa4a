import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Json } from '#kernel/json.js';
import { moneyText } from '#kernel/money.js';
import type { Cause } from '#ports/events.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { BATCH, inBatches, pagesOfIds } from '#platform/database/batches.js';
import { Database } from '#platform/database/database.js';
import { redacting } from '#platform/database/redacting.js';
import { count, statement } from '#platform/database/statement.js';
import { Accounts } from '../application/accounts.js';
import { MoveMoney } from '../application/move-money.js';

// What a merchant has written on a movement may name the person. The amounts stay.
const forgetNotes = statement(
  'personal-data.forget-notes',
  `UPDATE ledger_movements SET note = NULL WHERE id IN (
     SELECT m.id FROM ledger_movements m JOIN balance_accounts a ON a.id = m.account_id
     WHERE a.customer_id = $1 AND m.note IS NOT NULL ORDER BY m.id LIMIT ${BATCH})`,
);
const holds = statement(
  'personal-data.holds',
  `SELECT order_id AS "orderId", currency, amount, state FROM balance_service_holds WHERE customer_id = $1 LIMIT 10000`,
);
// Locks some of the customer's holds, ids ascending.
const forgetHolds = statement(
  'personal-data.forget-holds',
  `UPDATE balance_service_holds SET customer_id = $2
   WHERE id IN (SELECT id FROM balance_service_holds WHERE customer_id = $1 ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE)`,
);
// One account per currency. Locks them, ids ascending, as always when several are needed.
const forget = statement(
  'personal-data.forget-balances',
  `UPDATE balance_accounts SET customer_id = $2
   WHERE id IN (SELECT id FROM balance_accounts WHERE customer_id = $1 ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE)`,
);
const idsAfter = statement(
  'personal-data.balances-after',
  `SELECT id FROM (SELECT id FROM balance_accounts WHERE customer_id = $1 UNION ALL SELECT id FROM balance_service_holds WHERE customer_id = $1
     UNION ALL SELECT m.id FROM ledger_movements m JOIN balance_accounts a ON a.id = m.account_id WHERE a.customer_id = $1) of_customer
   WHERE id > $2 ORDER BY id LIMIT ${BATCH}`,
);
const MOVEMENTS_PAGE = 500;

/** What a person holds with the shop. Its history stays in the books, under a pseudonym. */
@Injectable()
export class BalanceData implements PersonalDataHolder {
  readonly name = 'balances';

  constructor(
    private readonly accounts: Accounts,
    private readonly database: Database,
    private readonly commands: CommandBus,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  /** Accounts, then movements, then holds at the external service, each with its `kind`. */
  async *export(customerId: string): AsyncGenerator<Json> {
    const asJson = (kind: string, value: object) => JSON.parse(JSON.stringify({ ...value, kind })) as Json;
    for (const account of await this.accounts.ofCustomer(customerId)) yield asJson('account', account);
    for (let after: string | null = null; ;) {
      const found = await this.accounts.movements(customerId, after, MOVEMENTS_PAGE);
      for (const movement of found.slice(0, MOVEMENTS_PAGE))
        yield asJson('movement', { ...movement, type: movement.kind });
      if (found.length <= MOVEMENTS_PAGE) break;
      after = found[MOVEMENTS_PAGE - 1]!.id;
    }
    for (const hold of await this.database.read<object>(holds, [customerId])) yield asJson('hold', hold);
  }

  async knows(customerId: string): Promise<boolean> {
    return (await this.accounts.ofCustomer(customerId)).length > 0;
  }

  async obligations(customerId: string): Promise<string[]> {
    const accounts = await this.accounts.ofCustomer(customerId);
    return accounts
      .map(({ available, blocked, currency }) => ({ amount: available + blocked, currency }))
      .filter(({ amount }) => amount > 0)
      .map((money) => `The balance holds ${moneyText(money)}.`);
  }

  /** Books what is available as paid out; the shop's staff sends it. */
  async settle(customerId: string, cause: Cause): Promise<void> {
    for (const { available, currency } of await this.accounts.ofCustomer(customerId)) {
      if (available === 0) continue;
      const note = 'Paid out because the account was closed';
      await this.database.run((tx) =>
        this.commands.execute(
          new MoveMoney(tx, { kind: 'withdrawal', customerId, amount: available, currency, reference: note, cause }),
        ),
      );
    }
  }

  async erase({ customerId, pseudonym }: Person): Promise<void> {
    await inBatches(this.database, (tx) => count(tx, forget, [customerId, pseudonym]));
    await inBatches(this.database, (tx) => count(tx, forgetHolds, [customerId, pseudonym]));
    await inBatches(this.database, (tx) => this.forgetNotes(tx, pseudonym));
  }

  /** By the pseudonym that erasing has given them. */
  subjects({ pseudonym }: Person): AsyncIterable<readonly string[]> {
    return pagesOfIds((after) => this.database.read(idsAfter, [pseudonym, after]));
  }

  private async forgetNotes(tx: Tx, pseudonym: string): Promise<number> {
    return redacting(tx, () => count(tx, forgetNotes, [pseudonym]));
  }
}
