import { Injectable } from '@nestjs/common';
import { Dormancy } from '#ports/consumers.js';
import type { Tx } from '#ports/tx.js';
import { run, statement } from '../database/statement.js';

const sleep = statement(
  'outbox-dormant.sleep',
  `INSERT INTO outbox_dormant (subscriber) VALUES ($1) ON CONFLICT ON CONSTRAINT outbox_dormant_pkey DO NOTHING`,
);
const wake = statement('outbox-dormant.wake', `DELETE FROM outbox_dormant WHERE subscriber = $1`);

@Injectable()
export class OutboxDormancy extends Dormancy {
  override async set(tx: Tx, reaction: string, isDormant: boolean): Promise<void> {
    await run(tx, isDormant ? sleep : wake, [reaction]);
  }
}
