import { Injectable } from '@nestjs/common';
import { EventHistory } from '#ports/events.js';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import type { Tx } from '#ports/tx.js';
import { accessEvents } from '../events.js';
import { AccessSettings } from '../settings.js';

const DAY_MS = 86_400_000;

/** The addresses in security events. That something happened stays; from where is forgotten. */
@Injectable()
export class OldAddresses implements HousekeepingTask {
  readonly name = 'addresses_of_security_events';

  constructor(
    private readonly history: EventHistory,
    private readonly settings: AccessSettings,
    housekeeping: Housekeeping,
  ) {
    housekeeping.register(this);
  }

  run(tx: Tx, now: Date, limit: number): Promise<number> {
    const before = new Date(now.getTime() - this.settings.securityEventRetentionDays * DAY_MS);
    return this.history.forgetTexts(tx, Object.keys(accessEvents), before, limit);
  }
}
