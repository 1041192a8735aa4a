import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type PersonalDataKeeper } from '#kernel/personal-data.js';
import type { Tx } from '#kernel/tx.js';
import { run, statement } from '#platform/database/statement.js';
import { Accounts } from '../application/accounts.js';

// Locks the customer's accounts, ids ascending, as everybody does who needs several.
const lock = statement('personal-data.lock-balances', `SELECT id FROM balance_accounts WHERE customer_id = $1 ORDER BY id FOR NO KEY UPDATE`);
const forget = statement('personal-data.forget-balances', `UPDATE balance_accounts SET customer_id = $2 WHERE customer_id = $1`);

/** What a person holds with the shop. The money stays in the books, under a pseudonym; the shop owes it all the same. */
@Injectable()
export class BalanceData implements PersonalDataKeeper {
  readonly name = 'balances';

  constructor(
    private readonly accounts: Accounts,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async export(customerId: string): Promise<Json> {
    const [accounts, entries] = [await this.accounts.ofCustomer(customerId), await this.accounts.movements(customerId, null, 10_000)];
    return JSON.parse(JSON.stringify({ accounts, entries })) as Json;
  }

  async erase(tx: Tx, customerId: string, pseudonym: string): Promise<void> {
    await run(tx, lock, [customerId]);
    await run(tx, forget, [customerId, pseudonym]);
  }
}
