import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventLog } from '#ports/events.js';
import { NotFound } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import { PersonalData } from '#ports/personal-data.js';
import type { Tx } from '#ports/tx.js';
import { LastSuperadmin } from '../domain/errors.js';
import { act, type Origin } from './audit.js';
import { Users } from './users.js';

export class EraseUser extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Forgets a person (GDPR, article 17): the account goes, what money needs stays under a pseudonym that leads nowhere. */
@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(
    private readonly users: Users,
    private readonly personalData: PersonalData,
    private readonly events: EventLog,
  ) {}

  async execute({ tx, id, origin }: EraseUser): Promise<void> {
    const superadmins = await this.users.lockSuperadmins(tx);
    const user = await this.users.lock(tx, id);
    if (!user) throw new NotFound('user', id);
    if (user.role === 'superadmin' && superadmins <= 1) throw new LastSuperadmin();
    const pseudonym = `erased-${newId()}`;
    await this.personalData.erase(tx, id, pseudonym);
    await this.users.delete(tx, id);
    await this.events.appendFirst(tx, [act('user.erased', { ...origin, address: '', caller: null }, { pseudonym })]);
  }
}
