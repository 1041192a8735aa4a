import { hash, randomBytes } from 'node:crypto';
import type { Scope } from '#ports/caller.js';

export interface ApiKey {
  readonly id: string;
  /** The part that finds the row; shown in lists. */
  readonly lookup: string;
  /** SHA-256: the key is random enough that nothing slower is needed. */
  readonly keyHash: Buffer;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly createdAt: Date;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Evenly distributed over the alphabet: bytes beyond the last full round are thrown away. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

/** Six characters over everything before them: a mistyped or invented key is refused without asking the database. */
function checksum(text: string): string {
  const digest = hash('sha256', text, 'buffer');
  let sum = '';
  for (let i = 0; i < 6; i++) sum += alphabet[digest[i]! % 62];
  return sum;
}

/** `qk_<env>_<lookup>_<32 random characters><checksum>` */
export function generateKey(environment: string): { key: string; lookup: string } {
  const lookup = randomText(12);
  const body = `qk_${environment}_${lookup}_${randomText(32)}`;
  return { key: body + checksum(body), lookup };
}

/** The lookup part of a well-formed key; null for anything else. */
export function lookupOf(key: string): string | null {
  const parts = /^qk_[a-z]+_([0-9A-Za-z]{12})_[0-9A-Za-z]{38}$/.exec(key);
  return parts && key.endsWith(checksum(key.slice(0, -6))) ? parts[1]! : null;
}

export function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
