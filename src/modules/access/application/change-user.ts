import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { LastSuperadmin } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import { audit, type Origin } from './audit.js';
import { Sessions, Users } from './users.js';

export class ChangeUser extends Command<User> {
  constructor(
    readonly tx: Tx,
    readonly id: string,
    readonly change: Partial<Pick<User, 'firstName' | 'lastName' | 'role'>>,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Changes names, or a role. A new role ends the user's sessions, so that old rights end with their access tokens. */
@CommandHandler(ChangeUser)
export class ChangeUserHandler implements ICommandHandler<ChangeUser> {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, id, change, origin }: ChangeUser): Promise<User> {
    const superadmins = change.role === undefined ? 0 : await this.users.lockSuperadmins(tx);
    const before = await this.users.lock(tx, id);
    if (!before) throw new NotFound('user', id);
    if (before.role === 'superadmin' && change.role !== undefined && change.role !== 'superadmin' && superadmins <= 1)
      throw new LastSuperadmin();
    const changed = (Object.keys(change) as (keyof typeof change)[]).filter((name) => change[name] !== before[name]);
    if (changed.length === 0) return before;
    const now = this.clock.now();
    const after = { ...before, ...change, version: before.version + 1, updatedAt: now };
    await this.users.save(tx, before, after);
    const isRoleChange = changed.includes('role');
    if (isRoleChange) await this.sessions.revokeAllOf(tx, id, now);
    const subject = { type: 'user', id };
    const event = isRoleChange
      ? audit('user.role_changed', subject, origin, { userId: id, from: before.role, to: after.role })
      : audit('user.changed', subject, origin, { userId: id, changed });
    await this.events.append(tx, [event], origin.cause);
    return after;
  }
}
