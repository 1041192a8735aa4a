import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { audit, type Origin } from './audit.js';
import { Sessions, Users } from './users.js';

export class EndSession extends Command<void> {
  /** @param userId whose session it must be */
  constructor(
    readonly tx: Tx,
    readonly userId: string,
    readonly sessionId: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Ends a session: its refresh token is dead at once, its access tokens within seconds on every replica. */
@CommandHandler(EndSession)
export class EndSessionHandler implements ICommandHandler<EndSession> {
  constructor(
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, userId, sessionId, origin }: EndSession): Promise<void> {
    if (!(await this.users.lock(tx, userId))) throw new NotFound('session', sessionId);
    if (!(await this.sessions.revoke(tx, sessionId, userId, this.clock.now())))
      throw new NotFound('session', sessionId);
    const event = audit('session.ended', { type: 'user', id: userId }, origin, { userId, sessionId });
    await this.events.append(tx, [event], origin.cause);
  }
}
