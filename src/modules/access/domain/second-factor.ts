import { createHash, randomBytes } from 'node:crypto';

const RECOVERY_CODES = 10;

/** A time-based one-time password (RFC 6238) with codes for the day on which the device is lost. */
export interface SecondFactor {
  readonly userId: string;
  /** Base32, as authenticator apps take it. */
  readonly secret: string;
  /** Hashes of the recovery codes that have not been used. */
  readonly recoveryHashes: readonly string[];
  /** The time step of the last code: no code is accepted twice (RFC 6238, 5.2). */
  readonly lastStep: number;
  /** Null while it is being enrolled. */
  readonly confirmedAt: Date | null;
  readonly createdAt: Date;
}

/** Recovery codes of 80 random bits, as `abcde-fghij-klmno-pqrst` in hex. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => randomBytes(10).toString('hex').match(/.{5}/g)!.join('-'));
}

/** A fast hash is enough: the codes are random. */
export function hashOfRecoveryCode(code: string): string {
  return createHash('sha256')
    .update(code.toLowerCase().replace(/[^0-9a-f]/g, ''))
    .digest('base64url');
}

/** Uses a one-time code of a time step, or a recovery code; null when it is neither, or was used. */
export function useCode(factor: SecondFactor, code: string, step: number | null): SecondFactor | null {
  if (step !== null) return step > factor.lastStep ? { ...factor, lastStep: step } : null;
  const hash = hashOfRecoveryCode(code);
  if (factor.confirmedAt === null || !factor.recoveryHashes.includes(hash)) return null;
  return { ...factor, recoveryHashes: factor.recoveryHashes.filter((kept) => kept !== hash) };
}
