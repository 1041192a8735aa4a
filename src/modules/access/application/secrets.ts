import type { Caller, Role } from '#ports/caller.js';

/** Slow hashes of what people choose. */
export abstract class Passwords {
  /** @throws Unavailable when too many wait for a hash */
  abstract hash(password: string): Promise<string>;
  /** Compares; with null it spends the same time on a hash of no user. */
  abstract verify(hash: string | null, password: string): Promise<boolean>;
  /** Whether a hash was made with weaker parameters than today's. */
  abstract isOutdated(hash: string): boolean;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Access tokens that can be checked without a database. */
export abstract class Tokens {
  abstract issue(userId: string, role: Role, sessionId: string, now: Date): Promise<AccessToken>;
  /** Null for anything that is not a valid token of ours. */
  abstract verify(token: string): Promise<Caller | null>;
  /** The refresh token that follows on this one: always the same, so that a lost answer can be given again. */
  abstract successorOf(refreshToken: string): string;
}
