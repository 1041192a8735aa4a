import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { ValidationFailed } from '#kernel/errors.js';
import { Unauthenticated } from '../contract.js';
import { normalizeEmail, passwordFault, passwordFaults } from '../domain/user.js';
import { LoginThrottle } from './login-throttle.js';
import { Passwords } from './secrets.js';
import { Users } from './users.js';

/** Passwords that a user chooses. Hashed outside of transactions: a hash takes longer than a lock should be held. */
@Injectable()
export class NewPasswords {
  constructor(
    private readonly passwords: Passwords,
    private readonly users: Users,
    private readonly attempts: LoginThrottle,
    private readonly clock: Clock,
  ) {}

  /** @throws ValidationFailed for a password that is easily guessed, Unavailable when too many wait for a hash */
  async hash(email: string, password: string, address: string): Promise<string> {
    const fault = passwordFault(password, normalizeEmail(email));
    if (fault) throw new ValidationFailed([{ pointer: '#/password', detail: passwordFaults[fault] }]);
    return this.passwords.hash(password, { queue: 'registration', address });
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
    await this.attempts.begin(user.email, address, this.clock.now());
    if (!(await this.passwords.verify(user.passwordHash, current, { queue: 'login', address })))
      throw new Unauthenticated('The current password is wrong.');
    this.attempts.succeeded(user.email, address);
    return { before: user.passwordHash, after: await this.hash(user.email, password, address) };
  }
}
