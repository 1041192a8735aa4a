import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { BEFORE_EVERY_ID, newId } from '#kernel/ids.js';
import { EventLog, systemCause } from '#ports/events.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { BATCH, inBatches, pagesOfIds } from '#platform/database/batches.js';
import { Database } from '#platform/database/database.js';
import { count, run, statement } from '#platform/database/statement.js';
import { customerForgotten } from '../../domain/payment-method.js';

const exported = statement(
  'personal-data.payment-methods',
  `SELECT id, provider, status, brand, last4, exp_month AS "expMonth", exp_year AS "expYear", created_at AS "createdAt"
   FROM payment_methods WHERE customer_id = $1 AND id > $2 ORDER BY id LIMIT ${BATCH}`,
);
const known = statement(
  'personal-data.payment-methods-known',
  `SELECT EXISTS (SELECT FROM payment_methods WHERE customer_id = $1) OR EXISTS (SELECT FROM provider_customers WHERE customer_id = $1) AS is`,
);
// Locks the customer as a provider has them, before their payment methods: a save that is under way goes first.
const takeCustomers = statement(
  'personal-data.take-provider-customers',
  `DELETE FROM provider_customers WHERE customer_id = $1 RETURNING provider, reference`,
);
// Locks some payment methods, ids ascending. The provider forgets them with its customer.
const forget = statement(
  'personal-data.forget-payment-methods',
  `UPDATE payment_methods SET customer_id = $2, status = 'detached', brand = NULL, last4 = NULL, exp_month = NULL, exp_year = NULL,
          next_action = NULL, last_error = NULL, version = version + 1, updated_at = now()
   WHERE id IN (SELECT id FROM payment_methods WHERE customer_id = $1 ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE)`,
);
const idsAfter = statement(
  'personal-data.payment-methods-after',
  `SELECT id FROM payment_methods WHERE customer_id = $1 AND id > $2 ORDER BY id LIMIT ${BATCH}`,
);
const references = statement(
  'personal-data.payment-method-references',
  `SELECT unnest(ARRAY[provider_reference, setup_reference]) AS reference FROM payment_methods WHERE customer_id = $1 ORDER BY id DESC LIMIT 1000`,
);

/** Payment methods that a provider keeps for a person. Erasing has the provider forget the person, too. */
@Injectable()
export class PaymentMethodData implements PersonalDataHolder {
  readonly name = 'paymentMethods';

  constructor(
    private readonly database: Database,
    private readonly events: EventLog,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async *export(customerId: string): AsyncGenerator<Json> {
    for (let after: string = BEFORE_EVERY_ID; ;) {
      const rows = await this.database.read<{ id: string }>(exported, [customerId, after]);
      for (const row of rows) yield JSON.parse(JSON.stringify(row)) as Json;
      if (rows.length < BATCH) return;
      after = rows.at(-1)!.id;
    }
  }

  async knows(customerId: string): Promise<boolean> {
    const [row] = await this.database.read<{ is: boolean }>(known, [customerId]);
    return row!.is;
  }

  async erase({ customerId, pseudonym }: Person): Promise<void> {
    await inBatches(this.database, async (tx) => {
      await this.forgetAtProviders(tx, customerId);
      return count(tx, forget, [customerId, pseudonym]);
    });
  }

  /** By the pseudonym that erasing has given them. */
  subjects({ pseudonym }: Person): AsyncIterable<readonly string[]> {
    return pagesOfIds((after) => this.database.read(idsAfter, [pseudonym, after]));
  }

  async mentions({ pseudonym }: Person): Promise<string[]> {
    const found = await this.database.read<{ reference: string | null }>(references, [pseudonym]);
    return found.flatMap(({ reference }) => (reference === null ? [] : [reference]));
  }

  private async forgetAtProviders(tx: Tx, customerId: string): Promise<void> {
    const customers = await run<{ provider: string; reference: string | null }>(tx, takeCustomers, [customerId]);
    const forgotten = customers.flatMap(({ provider, reference }) =>
      reference === null ? [] : [customerForgotten(newId(), provider, reference)],
    );
    if (forgotten.length > 0) await this.events.append(tx, forgotten, systemCause('erasure'));
  }
}
