import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { EventLog } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { normalizeEmail } from '#kernel/email.js';
import type { User } from '../domain/user.js';
import { audit, type Origin } from './audit.js';
import { Users } from './users.js';

export class RegisterUser extends Command<User> {
  constructor(
    readonly tx: Tx,
    /** The hash is made by `NewPasswords`, before the transaction. */
    readonly input: Pick<User, 'email' | 'passwordHash' | 'firstName' | 'lastName' | 'role'>,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** Opens an account. Guard: users_email_unique. */
@CommandHandler(RegisterUser)
export class RegisterUserHandler implements ICommandHandler<RegisterUser> {
  constructor(
    private readonly users: Users,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute({ tx, input, origin }: RegisterUser): Promise<User> {
    const now = this.clock.now();
    const user: User = {
      ...input,
      id: newId(),
      email: normalizeEmail(input.email),
      status: 'active',
      emailVerified: false,
      lastLoginAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await this.users.insert(tx, user);
    const facts = { userId: user.id, role: user.role };
    const event = audit('user.registered', { type: 'user', id: user.id }, origin, facts);
    await this.events.appendFirst(tx, [{ ...event, cause: origin.cause }]);
    return user;
  }
}
