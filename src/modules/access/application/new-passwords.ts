import { Injectable } from '@nestjs/common';
import { ValidationFailed } from '#kernel/errors.js';
import { normalizeEmail, passwordFault } from '../domain/user.js';
import { Passwords } from './secrets.js';

const details = {
  'too-common': 'this password is among the first that are guessed',
  'too-similar': 'the password must not be the email',
};

/** Passwords that a user chooses. Hashed outside of transactions: a hash takes longer than a lock should be held. */
@Injectable()
export class NewPasswords {
  constructor(private readonly passwords: Passwords) {}

  /** @throws ValidationFailed for a password that is easily guessed, Unavailable when too many wait for a hash */
  async hash(email: string, password: string): Promise<string> {
    const fault = passwordFault(password, normalizeEmail(email));
    if (fault) throw new ValidationFailed([{ pointer: '#/password', detail: details[fault] }]);
    return this.passwords.hash(password);
  }
}
