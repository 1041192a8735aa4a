import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { causeOf, EventLog, type EventOf } from '#ports/events.js';
import { ExternalCallConsumer } from '#ports/consumers.js';
import { PersonalData } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { accessEvent, type AccessEvents } from '../events.js';
import { Erasures } from './erasures.js';

type Requested = EventOf<AccessEvents, 'customer.erasure_requested'>;

/** Takes a person out of everything that is kept, in many short transactions. Broken off, it begins again. */
@Injectable()
export class ErasePersonalData extends ExternalCallConsumer<void, Requested> {
  static readonly id = 'access.erase-personal-data';

  constructor(
    private readonly erasures: Erasures,
    private readonly personalData: PersonalData,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async call({ data }: Requested): Promise<void> {
    const person = await this.erasures.find(data.erasureId);
    if (person) await this.personalData.erase(person);
  }

  override async record(tx: Tx, event: Requested): Promise<void> {
    const { erasureId: id, pseudonym } = event.data;
    if (!(await this.erasures.finish(tx, id, this.clock.now()))) return;
    const erased = accessEvent('customer.erased', { type: 'erasure', id }, { erasureId: id, pseudonym });
    await this.events.append(tx, [erased], causeOf(event));
  }
}
