import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { Transactions } from '#ports/tx.js';
import { Unauthenticated } from '../contract.js';
import type { Origin } from './audit.js';
import { NewPasswords } from './new-passwords.js';
import { SecondFactorCheck } from './second-factors.js';
import { Sessions, Users } from './users.js';

export class Reauthenticate extends Command<void> {
  constructor(
    readonly userId: string,
    readonly sessionId: string,
    readonly password: string,
    /** Of the second factor, where there is one. */
    readonly code: string | undefined,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** A user shows their password again, and the second factor where there is one; the session counts as new for a while. */
@CommandHandler(Reauthenticate)
export class ReauthenticateHandler implements ICommandHandler<Reauthenticate> {
  constructor(
    private readonly transactions: Transactions,
    private readonly users: Users,
    private readonly sessions: Sessions,
    private readonly passwords: NewPasswords,
    private readonly secondFactor: SecondFactorCheck,
    private readonly clock: Clock,
  ) {}

  /** @throws Unauthenticated, MfaRequired, MfaInvalid, RateLimited */
  async execute({ userId, sessionId, password, code, origin }: Reauthenticate): Promise<void> {
    const user = await this.users.find(userId);
    const renew = () => this.renew(userId, sessionId, code);
    if (!user || !(await this.passwords.isOf(user.email, password, origin.address, renew)))
      throw new Unauthenticated('The password is wrong.');
  }

  private renew(userId: string, sessionId: string, code: string | undefined): Promise<void> {
    return this.transactions.run(async (tx) => {
      await this.users.lock(tx, userId);
      await this.secondFactor.pass(tx, userId, code);
      await this.sessions.noteAuthentication(tx, sessionId, this.clock.now());
    });
  }
}
