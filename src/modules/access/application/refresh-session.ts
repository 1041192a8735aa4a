import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog } from '#ports/events.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { Unauthenticated } from '../contract.js';
import { hashOf } from '../domain/api-key.js';
import { RefreshTokenReused } from '../domain/errors.js';
import { endOf } from '../domain/session.js';
import { act, type Origin } from './audit.js';
import { Callers } from './callers.js';
import { REFRESH_TOKEN_MS, type LoggedIn } from './log-in.js';
import { Tokens } from './secrets.js';
import { Sessions, Users, type RefreshToken } from './users.js';

/** How long a spent token may be shown again by a client whose answer was lost. */
const GRACE_MS = 20_000;

interface Reused {
  readonly reusedOf: string;
}

export class RefreshSession extends Command<LoggedIn> {
  constructor(
    readonly refreshToken: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/**
 * Swaps a refresh token for its successor. Locks the session, so that many who come with one token come one by one.
 * A spent token within the grace gets the same successor again; later, or after the successor was used, it is theft.
 */
@CommandHandler(RefreshSession)
export class RefreshSessionHandler implements ICommandHandler<RefreshSession> {
  constructor(
    private readonly transactions: Transactions,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly tokens: Tokens,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly callers: Callers,
  ) {}

  async execute({ refreshToken, origin }: RefreshSession): Promise<LoggedIn> {
    const outcome = await this.transactions.run((tx) => this.refresh(tx, refreshToken, origin));
    if (!('reusedOf' in outcome)) return outcome;
    this.callers.forget(outcome.reusedOf);
    throw new RefreshTokenReused();
  }

  /** Answers whose session was ended instead of throwing, because that must be committed. */
  private async refresh(tx: Tx, refreshToken: string, origin: Origin): Promise<LoggedIn | Reused> {
    const now = this.clock.now();
    const token = await this.sessions.lockToken(tx, hashOf(refreshToken));
    if (!token || token.expiresAt <= now) throw new Unauthenticated('The refresh token is not valid.');
    if (token.sessionRevokedAt !== null) {
      if (token.spentAt !== null) return { reusedOf: token.userId };
      throw new Unauthenticated('The session has ended.');
    }
    const successor = this.tokens.successorOf(refreshToken);
    if (token.spentAt !== null) {
      if (!(await this.isLostAnswer(tx, token, successor, now))) return this.revoke(tx, token, origin, now);
    } else {
      await this.sessions.spend(tx, token.hash, now);
      await this.sessions.addToken(
        tx,
        hashOf(successor),
        token.sessionId,
        now,
        new Date(now.getTime() + REFRESH_TOKEN_MS),
      );
    }
    const user = await this.users.read(tx, token.userId);
    if (user?.status !== 'active') throw new Unauthenticated('The session has ended.');
    if (endOf({ startedAt: token.sessionStartedAt, role: user.role }) <= now)
      throw new Unauthenticated('The session has reached its maximum lifetime. Log in again.');
    return { access: await this.tokens.issue(user.id, user.role, token.sessionId, now), refreshToken: successor, user };
  }

  private async isLostAnswer(tx: Tx, token: RefreshToken, successor: string, now: Date): Promise<boolean> {
    if (now.getTime() - token.spentAt!.getTime() > GRACE_MS) return false;
    const next = await this.sessions.lockToken(tx, hashOf(successor));
    return next !== null && next.spentAt === null;
  }

  private async revoke(tx: Tx, token: RefreshToken, origin: Origin, now: Date): Promise<Reused> {
    const { userId, sessionId } = token;
    await this.sessions.revoke(tx, sessionId, userId, now);
    await this.events.appendFirst(tx, [act('session.refresh_reused', origin, { userId, sessionId })]);
    return { reusedOf: userId };
  }
}
