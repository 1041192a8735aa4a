import { Injectable } from '@nestjs/common';
import type { Person } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { count, statement } from '#platform/database/statement.js';
import { Erasures } from '../application/erasures.js';

// Guard: erasures_running.
const begin = statement(
  'erasures.begin',
  `INSERT INTO erasures (id, customer_id, email, pseudonym, requested_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (customer_id) WHERE customer_id IS NOT NULL DO NOTHING`,
);
const find = statement(
  'erasures.find',
  `SELECT customer_id AS "customerId", email, pseudonym FROM erasures WHERE id = $1 AND finished_at IS NULL`,
);
const finish = statement(
  'erasures.finish',
  `UPDATE erasures SET customer_id = NULL, email = NULL, finished_at = $2 WHERE id = $1 AND finished_at IS NULL`,
);

@Injectable()
export class SqlErasures extends Erasures {
  constructor(private readonly database: Database) {
    super();
  }

  override async begin(tx: Tx, id: string, { customerId, email, pseudonym }: Person, now: Date): Promise<boolean> {
    return (await count(tx, begin, [id, customerId, email, pseudonym, now])) === 1;
  }

  override async find(id: string): Promise<Person | null> {
    return (await this.database.read<Person>(find, [id]))[0] ?? null;
  }

  override async finish(tx: Tx, id: string, now: Date): Promise<boolean> {
    return (await count(tx, finish, [id, now])) === 1;
  }
}
