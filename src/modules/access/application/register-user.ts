import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Role } from '#ports/caller.js';
import { Clock } from '#kernel/clock.js';
import { ValidationFailed } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import { Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { normalizeEmail, passwordFault, type User } from '../domain/user.js';
import { audit, type Origin } from './audit.js';
import { Passwords } from './secrets.js';
import { Users } from './users.js';

export class RegisterUser {
  constructor(
    readonly input: { email: string; password: string; firstName: string | null; lastName: string | null; role: Role },
    readonly receipt: Receipt<User>,
    readonly origin: Origin,
  ) {}
}

@CommandHandler(RegisterUser)
export class RegisterUserHandler implements ICommandHandler<RegisterUser, Answer> {
  constructor(
    private readonly users: Users,
    private readonly passwords: Passwords,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute({ input, receipt, origin }: RegisterUser): Promise<Answer> {
    const { password, ...rest } = input;
    const email = normalizeEmail(input.email);
    const fault = passwordFault(password, email);
    if (fault)
      throw new ValidationFailed([
        { pointer: '#/password', detail: fault === 'too-common' ? 'this password is among the first that are guessed' : 'the password must not be the email' },
      ]);
    // Outside of the transaction: a hash takes longer than a lock should be held.
    const passwordHash = await this.passwords.hash(password);
    return this.receipts.once(receipt, async (tx) => {
      const now = this.clock.now();
      const user: User = { ...rest, id: newId(), email, passwordHash, emailVerified: false, lastLoginAt: null, version: 1, createdAt: now, updatedAt: now };
      await this.users.insert(tx, user);
      await this.events.appendFirst(tx, [
        { ...audit('user.registered', { type: 'user', id: user.id }, origin, { userId: user.id, role: user.role }), cause: origin.cause },
      ]);
      return user;
    });
  }
}
