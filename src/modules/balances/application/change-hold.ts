import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { HoldChange, ServiceHold } from '../domain/service-hold.js';
import { ServiceHolds } from './balance-service.js';

/** Writes what becomes of a hold together with the events that say so. The hold is locked. */
@Injectable()
export class ChangeHold {
  constructor(
    private readonly holds: ServiceHolds,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async apply(tx: Tx, before: ServiceHold, how: (hold: ServiceHold) => HoldChange, cause: Cause): Promise<ServiceHold> {
    const { hold, events } = how(before);
    if (hold !== before) await this.holds.save(tx, hold, this.clock.now());
    await this.events.append(tx, events, cause);
    return hold;
  }
}
