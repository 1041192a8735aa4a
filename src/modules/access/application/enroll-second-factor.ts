import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import { EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Forbidden } from '../contract.js';
import { MfaEnrolled, MfaNotStarted } from '../domain/errors.js';
import { hashOfRecoveryCode, newRecoveryCodes } from '../domain/second-factor.js';
import { audit, type Origin } from './audit.js';
import { Authority } from './authority.js';
import { OneTimePasswords, SecondFactorCheck, SecondFactors } from './second-factors.js';
import { Users } from './users.js';

export interface Enrollment {
  readonly secret: string;
  readonly otpauthUri: string;
  /** Shown now and never again. */
  readonly recoveryCodes: readonly string[];
}

export class EnrollSecondFactor extends Command<Enrollment> {
  constructor(
    readonly tx: Tx,
    readonly userId: string,
  ) {
    super();
  }
}

/** Begins to enroll a second factor; it counts once a code has shown that the app has it. Locks the user. */
@CommandHandler(EnrollSecondFactor)
export class EnrollSecondFactorHandler implements ICommandHandler<EnrollSecondFactor> {
  constructor(
    private readonly users: Users,
    private readonly factors: SecondFactors,
    private readonly passwords: OneTimePasswords,
    private readonly clock: Clock,
  ) {}

  /** @throws Forbidden for customers, MfaEnrolled */
  async execute({ tx, userId }: EnrollSecondFactor): Promise<Enrollment> {
    const user = await this.users.lock(tx, userId);
    if (!user) throw new NotFound('user', userId);
    if (user.role === 'customer') throw new Forbidden('admin');
    if ((await this.factors.read(tx, userId))?.confirmedAt) throw new MfaEnrolled();
    const secret = this.passwords.newSecret();
    const recoveryCodes = newRecoveryCodes();
    const recoveryHashes = recoveryCodes.map(hashOfRecoveryCode);
    const createdAt = this.clock.now();
    await this.factors.save(tx, { userId, secret, recoveryHashes, lastStep: 0, confirmedAt: null, createdAt });
    return { secret, otpauthUri: this.passwords.uri(secret, user.email), recoveryCodes };
  }
}

export class ConfirmSecondFactor extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly userId: string,
    readonly code: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

@CommandHandler(ConfirmSecondFactor)
export class ConfirmSecondFactorHandler implements ICommandHandler<ConfirmSecondFactor> {
  constructor(
    private readonly users: Users,
    private readonly factors: SecondFactors,
    private readonly check: SecondFactorCheck,
    private readonly events: EventLog,
  ) {}

  /** @throws MfaNotStarted, MfaEnrolled, MfaInvalid */
  async execute({ tx, userId, code, origin }: ConfirmSecondFactor): Promise<void> {
    await this.users.lock(tx, userId);
    const factor = await this.factors.read(tx, userId);
    if (!factor) throw new MfaNotStarted();
    if (factor.confirmedAt) throw new MfaEnrolled();
    await this.check.use(tx, factor, code);
    await this.events.append(
      tx,
      [audit('user.mfa_enrolled', { type: 'user', id: userId }, origin, { userId })],
      origin.cause,
    );
  }
}

export class RemoveSecondFactor extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly userId: string,
    readonly origin: Origin,
  ) {
    super();
  }
}

/** The user removes it, or a superadmin for a user who has lost it. Locks the superadmins, as changes of rights do, and the user. */
@CommandHandler(RemoveSecondFactor)
export class RemoveSecondFactorHandler implements ICommandHandler<RemoveSecondFactor> {
  constructor(
    private readonly users: Users,
    private readonly factors: SecondFactors,
    private readonly authority: Authority,
    private readonly events: EventLog,
  ) {}

  /** @throws NotFound, Forbidden when the right to remove that of another user was taken away */
  async execute({ tx, userId, origin }: RemoveSecondFactor): Promise<void> {
    if (origin.caller !== `user:${userId}`) {
      await this.users.lockSuperadmins(tx);
      await this.authority.confirm(tx, origin.caller);
    }
    if (!(await this.users.lock(tx, userId))) throw new NotFound('user', userId);
    if (!(await this.factors.read(tx, userId))) return;
    await this.factors.delete(tx, userId);
    await this.events.append(
      tx,
      [audit('user.mfa_removed', { type: 'user', id: userId }, origin, { userId })],
      origin.cause,
    );
  }
}
