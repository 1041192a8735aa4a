import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { run, statement } from '#platform/database/statement.js';
import { Accounts } from '../application/accounts.js';

// Locks the customer's accounts, ids ascending, as always when several are needed.
const lock = statement(
  'personal-data.lock-balances',
  `SELECT id FROM balance_accounts WHERE customer_id = $1 ORDER BY id FOR NO KEY UPDATE`,
);
// What a merchant has written on a movement may name the person. The amounts stay.
const redacting = statement('personal-data.redact-notes', `SELECT set_config('quittance.redacting', $1, true)`);
const forgetNotes = statement(
  'personal-data.forget-notes',
  `UPDATE ledger_movements SET note = NULL
   WHERE note IS NOT NULL AND account_id = ANY (SELECT id FROM balance_accounts WHERE customer_id = $1)`,
);
const holds = statement(
  'personal-data.holds',
  `SELECT order_id, currency, amount, state FROM balance_service_holds WHERE customer_id = $1 LIMIT 10000`,
);
const forgetHolds = statement(
  'personal-data.forget-holds',
  `UPDATE balance_service_holds SET customer_id = $2 WHERE customer_id = $1`,
);
const forget = statement(
  'personal-data.forget-balances',
  `UPDATE balance_accounts SET customer_id = $2 WHERE customer_id = $1`,
);

/** What a person holds with the shop. The money stays in the books, under a pseudonym; the shop owes it all the same. */
@Injectable()
export class BalanceData implements PersonalDataHolder {
  readonly name = 'balances';

  constructor(
    private readonly accounts: Accounts,
    private readonly database: Database,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const [accounts, entries] = [
      await this.accounts.ofCustomer(customerId),
      await this.accounts.movements(customerId, null, 10_000),
    ];
    const held = await this.database.read(holds, [customerId]);
    return JSON.parse(JSON.stringify({ accounts, entries, holds: held })) as Json;
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    await run(tx, lock, [customerId]);
    await run(tx, redacting, ['on']);
    await run(tx, forgetNotes, [customerId]);
    await run(tx, redacting, ['off']);
    await run(tx, forget, [customerId, pseudonym]);
    await run(tx, forgetHolds, [customerId, pseudonym]);
  }
}
