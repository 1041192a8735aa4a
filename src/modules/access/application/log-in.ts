import { randomBytes } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { Transactions } from '#ports/tx.js';
import { Unauthenticated } from '../contract.js';
import { hashOf } from '../domain/api-key.js';
import { normalizeEmail } from '#kernel/email.js';
import type { User } from '../domain/user.js';
import { AccessMetrics } from '../metrics.js';
import { LoginThrottle } from './login-throttle.js';
import { act, audit, type Origin } from './audit.js';
import { Passwords, Tokens, type AccessToken, type Turn } from './secrets.js';
import { SecondFactorCheck } from './second-factors.js';
import { Sessions, Users } from './users.js';

export const REFRESH_TOKEN_MS = 7 * 24 * 3_600_000;

export interface LoggedIn {
  readonly access: AccessToken;
  readonly refreshToken: string;
  readonly user: User;
}

export class LogIn extends Command<LoggedIn> {
  constructor(
    readonly email: string,
    readonly password: string,
    /** Of the second factor, where there is one. */
    readonly code: string | undefined,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** A wrong email and a wrong password get the same answer in the same time. */
@CommandHandler(LogIn)
export class LogInHandler implements ICommandHandler<LogIn> {
  constructor(
    private readonly transactions: Transactions,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly tokens: Tokens,
    private readonly attempts: LoginThrottle,
    private readonly secondFactor: SecondFactorCheck,
    private readonly metrics: AccessMetrics,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ email: given, password, code, origin }: LogIn): Promise<LoggedIn> {
    const email = normalizeEmail(given);
    const turn = { queue: 'login' as const, address: origin.address };
    const compare = () => this.compare(email, password, turn);
    const { found, isRight } = await this.attempts.attempt(email, origin.address, compare);
    // A disabled account is answered like a wrong password: strangers learn nothing about it.
    if (!found || !isRight || found.status !== 'active') {
      await this.transactions.run((tx) =>
        this.events.appendFirst(tx, [act('session.refused', origin, { userId: found?.id ?? null })]),
      );
      this.metrics.refused('login');
      throw new Unauthenticated('The email or the password is wrong.');
    }
    const passwordHash = this.passwords.isOutdated(found.passwordHash)
      ? await this.passwords.hash(password, turn)
      : found.passwordHash;
    const started = await this.start(found.id, passwordHash, code, origin);
    // Only now: a wrong code counts as a failed login, or codes could be guessed without end.
    await this.attempts.succeeded(email, origin.address);
    return started;
  }

  private async compare(email: string, password: string, turn: Turn) {
    const found = await this.users.findByEmail(email);
    return { found, isRight: await this.passwords.verify(found?.passwordHash ?? null, password, turn) };
  }

  private start(userId: string, passwordHash: string, code: string | undefined, origin: Origin): Promise<LoggedIn> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const before = await this.users.lock(tx, userId);
      if (before?.status !== 'active') throw new Unauthenticated('The email or the password is wrong.');
      await this.secondFactor.pass(tx, userId, code);
      const user = { ...before, passwordHash, lastLoginAt: now, version: before.version + 1 };
      await this.users.save(tx, before, user);
      const sessionId = newId();
      const refreshToken = randomBytes(32).toString('base64url');
      await this.sessions.start(tx, sessionId, userId, now);
      await this.sessions.addToken(
        tx,
        hashOf(refreshToken),
        sessionId,
        now,
        new Date(now.getTime() + REFRESH_TOKEN_MS),
      );
      await this.events.append(
        tx,
        [audit('session.started', { type: 'user', id: userId }, origin, { userId, sessionId })],
        origin.cause,
      );
      return { access: await this.tokens.issue(userId, user.role, sessionId, now), refreshToken, user };
    });
  }
}
