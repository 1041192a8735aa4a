import type { Role } from '#ports/caller.js';

/** A disabled account keeps its data and cannot be used. */
export type UserStatus = 'active' | 'disabled';

export interface User {
  readonly id: string;
  /** Normalised. */
  readonly email: string;
  readonly passwordHash: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly role: Role;
  readonly status: UserStatus;
  readonly emailVerified: boolean;
  readonly lastLoginAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const roles: readonly Role[] = ['customer', 'admin', 'superadmin'];
export const userStatuses: readonly UserStatus[] = ['active', 'disabled'];

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

/** What is wrong with a password, in words. */
export const passwordFaults = {
  'wrong-length': `the password must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`,
  'too-common': 'this password is too common',
  'too-similar': 'the password must not be the email',
};

export type PasswordFault = keyof typeof passwordFaults | null;

/** Repetitions such as abc1abc1, and rows such as 987654321 or abcdefgh. */
function isPattern(text: string): boolean {
  if (/^(.{1,4})\1+.?$/.test(text)) return true;
  const steps = [...text].slice(1).map((character, i) => character.charCodeAt(0) - text.charCodeAt(i));
  // From 9 to 0 and back a row of digits goes on.
  const isRow = (step: number) => steps.every((taken) => taken === step || taken === -9 * step);
  return isRow(1) || isRow(-1);
}

/** Stems that are shorter say nothing about the rest of a password. */
const MIN_STEM_LENGTH = 5;

/**
 * What is wrong with a password. What is guessed first (NIST SP 800-63B, 5.1.1.2) is compared in lower case, also with trailing
 * digits and signs removed, so that "Password123!" is "password".
 * @param isCommon whether a text in lower case is among the passwords that are guessed first
 */
export function passwordFault(password: string, email: string, isCommon: (text: string) => boolean): PasswordFault {
  const { length } = [...password];
  if (length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH) return 'wrong-length';
  const plain = password.toLowerCase();
  const stem = plain.replace(/[\d\W_]+$/, '');
  if (isCommon(plain) || (stem.length >= MIN_STEM_LENGTH && isCommon(stem)) || isPattern(plain)) return 'too-common';
  const [name = ''] = email.split('@');
  return plain === email || (name.length >= 4 && plain === name) ? 'too-similar' : null;
}
