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

/** One spelling per address: Unicode composed, no surrounding space, lower case. No two accounts differ only by case. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
}

/** Deliberately simple: one @, something before it, a dot behind it, no white space or control characters, at most 254 characters. */
export function isEmail(email: string): boolean {
  // eslint-disable-next-line no-control-regex
  return email.length <= 254 && /^[^\s@"<>\x00-\x1f]{1,64}@[^\s@"<>\x00-\x1f]+\.[^\s@"<>.\x00-\x1f]{2,}$/.test(email);
}

/**
 * What is guessed first (NIST SP 800-63B, 5.1.1.2). Compared in lower case, also with trailing digits and signs removed,
 * so that "Password123!" is "password".
 */
const common = new Set(
  `password passw0rd p@ssw0rd p@ssword 12345678 123456789 1234567890 12345679 87654321 11111111 00000000 88888888 99999999 qwertyui
  qwertyuiop qwerty123 qwerty12 qwerty asdfghjk asdfghjkl zxcvbnm zxcvbnm1 1q2w3e4r 1q2w3e4r5t q1w2e3r4 1qaz2wsx qazwsxedc zaq12wsx
  iloveyou iloveyou1 sunshine princess football baseball basketball superman batman spiderman starwars trustno1 whatever welcome
  welcome1 letmein letmein1 monkey dragon master shadow michael jennifer jordan hunter hunter2 killer charlie donald mustang
  computer internet samsung google facebook linkedin liverpool chelsea arsenal barcelona pokemon naruto cheese chocolate
  butterfly flower freedom purple orange yellow summer winter spring autumn january february march april november december
  administrator admin admin123 administrador root toor guest default changeme changeit secret secret123 testtest test1234
  testing password1 password12 password123 abc12345 abcd1234 abcdefgh abcdefg1 aaaaaaaa a1b2c3d4 11223344 12344321 13579246
  147258369 159753456 asdf1234 blink182 corvette cowboys dolphins elephant ferrari garfield hello123 hellohello jessica
  lovelove maverick mercedes midnight mypassword nicholas passport patricia peaches pepper phoenix rainbow remember scorpion
  security steelers strawberry thunder tigger victoria wolverine yankees zxcvbnm123 correcthorse correcthorsebatterystaple`
    .split(/\s+/)
    .filter(Boolean),
);

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

/** What is wrong with a password, in words. */
export const passwordFaults = {
  'wrong-length': `the password must have ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`,
  'too-common': 'this password is among the first that are guessed',
  'too-similar': 'the password must not be the email',
};

export type PasswordFault = keyof typeof passwordFaults | null;

export function passwordFault(password: string, email: string): PasswordFault {
  const { length } = [...password];
  if (length < MIN_PASSWORD_LENGTH || length > MAX_PASSWORD_LENGTH) return 'wrong-length';
  const plain = password.toLowerCase();
  if (common.has(plain) || common.has(plain.replace(/[\d\W_]+$/, '')) || /^(.)\1+$/.test(plain)) return 'too-common';
  const [name = ''] = email.split('@');
  return plain === email || (name.length >= 4 && plain === name) ? 'too-similar' : null;
}
