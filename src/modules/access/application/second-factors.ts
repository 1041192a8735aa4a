import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import type { Tx } from '#ports/tx.js';
import { MfaInvalid, MfaRequired } from '../domain/errors.js';
import { useCode, type SecondFactor } from '../domain/second-factor.js';

/** One-time passwords by time (RFC 6238): SHA-1, six digits, 30 seconds, which is what authenticator apps know. */
export abstract class OneTimePasswords {
  abstract newSecret(): string;
  /** For the app, also as a QR code. */
  abstract uri(secret: string, account: string): string;
  /** The time step of a code, at most one step away from now; null when it is of none. */
  abstract stepOf(secret: string, code: string, now: Date): number | null;
}

/** Where second factors are kept. They are written under the lock of their user. */
export abstract class SecondFactors {
  abstract find(userId: string): Promise<SecondFactor | null>;
  abstract read(tx: Tx, userId: string): Promise<SecondFactor | null>;
  abstract save(tx: Tx, factor: SecondFactor): Promise<void>;
  abstract delete(tx: Tx, userId: string): Promise<void>;
}

/** Checks the second factor of a user whose row is locked, so that no code is accepted twice. */
@Injectable()
export class SecondFactorCheck {
  constructor(
    private readonly factors: SecondFactors,
    private readonly passwords: OneTimePasswords,
    private readonly clock: Clock,
  ) {}

  /** Does nothing for a user without one. @throws MfaRequired, MfaInvalid */
  async pass(tx: Tx, userId: string, code: string | undefined): Promise<void> {
    const factor = await this.factors.read(tx, userId);
    if (factor?.confirmedAt == null) return;
    if (code === undefined) throw new MfaRequired();
    await this.use(tx, factor, code);
  }

  /** @throws MfaInvalid */
  async use(tx: Tx, factor: SecondFactor, code: string): Promise<void> {
    const now = this.clock.now();
    const used = useCode(factor, code, this.passwords.stepOf(factor.secret, code.trim(), now));
    if (!used) throw new MfaInvalid();
    await this.factors.save(tx, { ...used, confirmedAt: used.confirmedAt ?? now });
  }
}
