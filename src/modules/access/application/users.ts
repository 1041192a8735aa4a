import type { Role } from '#ports/caller.js';
import type { Tx } from '#ports/tx.js';
import type { Session } from '../domain/session.js';
import type { User } from '../domain/user.js';

/** Where users are kept. */
export abstract class Users {
  abstract find(id: string): Promise<User | null>;
  abstract findByEmail(email: string): Promise<User | null>;
  abstract list(filter: { role?: Role; email?: string }, afterId: string | null, limit: number): Promise<User[]>;
  /** A read inside a transaction: asking the pool for a second connection there would let many wait for each other. */
  abstract read(tx: Tx, id: string): Promise<User | null>;
  abstract lock(tx: Tx, id: string): Promise<User | null>;
  /** @throws EmailTaken */
  abstract insert(tx: Tx, user: User): Promise<void>;
  /** Guard: the version it had when it was locked. */
  abstract save(tx: Tx, before: User, after: User): Promise<void>;
  abstract delete(tx: Tx, id: string): Promise<void>;
  /** Locks the superadmins, so that the last two cannot step down at once; tells how many are active. */
  abstract lockSuperadmins(tx: Tx): Promise<number>;
}

export interface RefreshToken {
  readonly hash: Buffer;
  readonly sessionId: string;
  readonly userId: string;
  readonly expiresAt: Date;
  readonly spentAt: Date | null;
  readonly sessionStartedAt: Date;
  readonly sessionRevokedAt: Date | null;
}

/** Where logins and their refresh tokens are kept. */
export abstract class Sessions {
  abstract find(sessionId: string): Promise<Session | null>;
  /** Those of a user that have not been ended, newest first. */
  abstract openOf(userId: string): Promise<Session[]>;
  abstract start(tx: Tx, sessionId: string, userId: string, at: Date): Promise<void>;
  abstract addToken(tx: Tx, hash: Buffer, sessionId: string, issuedAt: Date, expiresAt: Date): Promise<void>;
  /** Locks the session of a token, then reads the token. */
  abstract lockToken(tx: Tx, hash: Buffer): Promise<RefreshToken | null>;
  abstract spend(tx: Tx, hash: Buffer, at: Date): Promise<void>;
  /** Its user has shown their password again. */
  abstract noteAuthentication(tx: Tx, sessionId: string, at: Date): Promise<void>;
  /** Whether it was there, the user's and not ended yet. */
  abstract revoke(tx: Tx, sessionId: string, userId: string, at: Date): Promise<boolean>;
  /** @param except a session that stays */
  abstract revokeAllOf(tx: Tx, userId: string, at: Date, except?: string | null): Promise<void>;
}
