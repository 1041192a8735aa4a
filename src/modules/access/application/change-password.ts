import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Unauthenticated } from '../contract.js';
import { audit, type Origin } from './audit.js';
import { Sessions, Users } from './users.js';

export class ChangePassword extends Command<void> {
  /**
   * @param before the hash that the current password was compared with, outside of the transaction
   * @param sessionId the session that stays
   */
  constructor(
    readonly tx: Tx,
    readonly userId: string,
    readonly before: string,
    readonly passwordHash: string,
    readonly sessionId: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Sets a new password and ends every other session: a password is often changed because another person knew it. */
@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, userId, before, passwordHash, sessionId, origin }: ChangePassword): Promise<void> {
    const user = await this.users.lock(tx, userId);
    if (!user) throw new NotFound('user', userId);
    // Changed meanwhile: what was compared is not the password any more.
    if (user.passwordHash !== before) throw new Unauthenticated('The current password is wrong.');
    const now = this.clock.now();
    await this.users.save(tx, user, { ...user, passwordHash, version: user.version + 1, updatedAt: now });
    await this.sessions.revokeAllOf(tx, userId, now, sessionId);
    await this.events.append(
      tx,
      [audit('user.password_changed', { type: 'user', id: userId }, origin, { userId })],
      origin.cause,
    );
  }
}
