import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { audit, type Origin } from './audit.js';
import { Sessions, Users } from './users.js';

export class LogOut extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly userId: string,
    readonly sessionId: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Ends a session: its refresh token is dead at once, its access tokens within their quarter of an hour. */
@CommandHandler(LogOut)
export class LogOutHandler implements ICommandHandler<LogOut> {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, userId, sessionId, origin }: LogOut): Promise<void> {
    if (!(await this.users.lock(tx, userId))) return;
    await this.sessions.revoke(tx, sessionId, this.clock.now());
    await this.events.append(
      tx,
      [audit('session.ended', { type: 'user', id: userId }, origin, { userId, sessionId })],
      origin.cause,
    );
  }
}
