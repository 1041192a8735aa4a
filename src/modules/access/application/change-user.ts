import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog, type NewEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { LastSuperadmin } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import { audit, type Origin } from './audit.js';
import { Authority } from './authority.js';
import { Sessions, Users } from './users.js';

export class ChangeUser extends Command<User> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly change: Partial<Pick<User, 'firstName' | 'lastName' | 'role' | 'status'>>,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Changes names, or a role or status, which is for superadmins and ends the user's sessions. */
@CommandHandler(ChangeUser)
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly authority: Authority,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, change, origin }: ChangeUser): Promise<User> {
    const isAboutRights = change.role !== undefined || change.status !== undefined;
    const superadmins = isAboutRights ? await this.users.lockSuperadmins(tx) : 0;
    if (isAboutRights) await this.authority.confirm(tx, origin.caller);
    const before = await this.users.lock(tx, id);
    if (!before) throw new NotFound('user', id);
    const staysSuperadmin =
      (change.role ?? before.role) === 'superadmin' && (change.status ?? before.status) === 'active';
    if (isAboutRights && isActiveSuperadmin(before) && !staysSuperadmin && superadmins <= 1) throw new LastSuperadmin();
    const changed = (Object.keys(change) as (keyof typeof change)[]).filter((name) => change[name] !== before[name]);
    if (changed.length === 0) return before;
    const now = this.clock.now();
    const after = { ...before, ...change, version: before.version + 1, updatedAt: now };
    await this.users.save(tx, before, after);
    if (isAboutRights) await this.sessions.revokeAllOf(tx, id, now);
    await this.events.append(tx, this.eventsOf(before, after, changed, origin), origin.cause);
    return after;
  }

  private eventsOf(before: User, after: User, changed: string[], origin: Origin): NewEvent[] {
    const subject = { type: 'user', id: after.id };
    const userId = after.id;
    const names = changed.filter((name) => name !== 'role' && name !== 'status');
    const events: NewEvent[] = [];
    if (before.role !== after.role)
      events.push(audit('user.role_changed', subject, origin, { userId, from: before.role, to: after.role }));
    if (before.status !== after.status)
      events.push(audit('user.status_changed', subject, origin, { userId, from: before.status, to: after.status }));
    if (names.length > 0) events.push(audit('user.changed', subject, origin, { userId, changed: names }));
    return events;
  }
}

function isActiveSuperadmin({ role, status }: User): boolean {
  return role === 'superadmin' && status === 'active';
}
