import { Injectable } from '@nestjs/common';
import type { Json } from '#kernel/json.js';
import { PersonalData, type Person, type PersonalDataHolder } from '#ports/personal-data.js';
import { BATCH, inBatches, pagesOfIds } from '#platform/database/batches.js';
import { Database } from '#platform/database/database.js';
import { count, statement } from '#platform/database/statement.js';
import { Payments } from '../../application/payments.js';
import { forPayer } from '../../domain/payment.js';

const ofPerson = `FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.customer_id = $1`;
const idsAfter = statement(
  'personal-data.payments-after',
  `SELECT id FROM (SELECT p.id ${ofPerson} UNION ALL SELECT r.id FROM refunds r WHERE r.payment_id IN (SELECT p.id ${ofPerson})) of_person
   WHERE id > $2 ORDER BY id LIMIT ${BATCH}`,
);
// Locks some refunds, ids ascending. What staff has written as the reason may name the person.
const forgetReasons = statement(
  'personal-data.forget-refund-reasons',
  `UPDATE refunds SET reason = NULL WHERE id IN (
     SELECT id FROM refunds WHERE reason IS NOT NULL AND payment_id IN (SELECT p.id ${ofPerson}) ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE)`,
);
// Locks some payments, ids ascending. The address of an outcome, and the one a payer comes back to, may hold anything.
const forgetAddresses = statement(
  'personal-data.forget-outcome-addresses',
  `UPDATE payments SET webhook_url = NULL, next_action = NULL WHERE id IN (
     SELECT id FROM payments WHERE (webhook_url IS NOT NULL OR next_action IS NOT NULL) AND status IN ('succeeded', 'failed', 'canceled')
       AND id IN (SELECT p.id ${ofPerson}) ORDER BY id LIMIT ${BATCH} FOR NO KEY UPDATE)`,
);
const references = statement(
  'personal-data.payment-references',
  `SELECT p.provider_reference AS reference ${ofPerson} AND p.provider_reference IS NOT NULL ORDER BY p.id DESC LIMIT 1000`,
);
const PAGE = 100;

/** Payments hold amounts and the provider's ids; those stay, and are exported as the payer may see them. */
@Injectable()
export class PaymentData implements PersonalDataHolder {
  readonly name = 'payments';

  constructor(
    private readonly payments: Payments,
    private readonly database: Database,
    personalData: PersonalData,
  ) {
    personalData.register(this);
  }

  async *export(customerId: string): AsyncGenerator<Json> {
    for (let after: string | null = null; ;) {
      const found = await this.payments.list({ customerId }, after, PAGE);
      for (const payment of found.slice(0, PAGE)) yield JSON.parse(JSON.stringify(forPayer(payment))) as Json;
      if (found.length <= PAGE) return;
      after = found[PAGE - 1]!.id;
    }
  }

  async erase({ pseudonym }: Person): Promise<void> {
    await inBatches(this.database, (tx) => count(tx, forgetReasons, [pseudonym]));
    await inBatches(this.database, (tx) => count(tx, forgetAddresses, [pseudonym]));
  }

  /** Payments and refunds of the orders that have the pseudonym by now. */
  subjects({ pseudonym }: Person): AsyncIterable<readonly string[]> {
    return pagesOfIds((after) => this.database.read(idsAfter, [pseudonym, after]));
  }

  async mentions({ pseudonym }: Person): Promise<string[]> {
    const found = await this.database.read<{ reference: string }>(references, [pseudonym]);
    return found.map(({ reference }) => reference);
  }
}
