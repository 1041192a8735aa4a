import { Injectable } from '@nestjs/common';
import { ValidationFailed } from '#kernel/errors.js';
import { Unauthenticated } from '../contract.js';
import { normalizeEmail } from '#kernel/email.js';
import { passwordFault, passwordFaults, type User } from '../domain/user.js';
import { LoginThrottle } from './login-throttle.js';
import { CommonPasswords, Passwords } from './secrets.js';
import { Users } from './users.js';

/** Passwords that a user chooses. Hashed outside of transactions: a hash takes longer than a lock should be held. */
@Injectable()
export class NewPasswords {
  constructor(
    private readonly passwords: Passwords,
    private readonly common: CommonPasswords,
    private readonly users: Users,
    private readonly attempts: LoginThrottle,
  ) {}

  /** @throws ValidationFailed for a password that is easily guessed, Unavailable when too many wait for a hash */
  async hash(email: string, password: string, address: string): Promise<string> {
    const fault = await this.faultOf(email, password);
    if (fault !== null) throw new ValidationFailed([{ pointer: '#/password', detail: fault }]);
    return this.passwords.hash(password, { queue: 'registration', address });
  }

  /** What is wrong with a password, in words; null when it may be chosen. */
  async faultOf(email: string, password: string): Promise<string | null> {
    const common = await this.common.all();
    const fault = passwordFault(password, normalizeEmail(email), (text) => common.has(text));
    return fault && passwordFaults[fault];
  }

  /**
   * The hash of a new password for a user who knows the current one; guesses count as failed logins.
   * @throws Unauthenticated, RateLimited, and what `hash` does
   */
  async replace(
    userId: string,
    current: string,
    password: string,
    address: string,
  ): Promise<{ before: string; after: string }> {
    const user = await this.users.find(userId);
    if (!user) throw new Unauthenticated();
    if (!(await this.matches(user, current, address))) throw new Unauthenticated('The current password is wrong.');
    return { before: user.passwordHash, after: await this.hash(user.email, password, address) };
  }

  /**
   * Whether an account has this password; guesses count as failed logins.
   * @param finish runs once the password is right and before the attempt counts as a success: what it throws is thrown, and
   * counts as a failed login, so that codes of a second factor cannot be guessed without end
   * @throws RateLimited, Unavailable
   */
  async isOf(email: string, password: string, address: string, finish?: () => Promise<void>): Promise<boolean> {
    const user = await this.users.findByEmail(normalizeEmail(email));
    return user !== null && this.matches(user, password, address, finish);
  }

  private async matches(
    { email, passwordHash }: User,
    password: string,
    address: string,
    finish?: () => Promise<void>,
  ): Promise<boolean> {
    const compare = () => this.passwords.verify(passwordHash, password, { queue: 'login', address });
    if (!(await this.attempts.attempt(email, address, compare))) return false;
    await finish?.();
    await this.attempts.succeeded(email, address);
    return true;
  }
}
