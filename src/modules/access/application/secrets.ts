import type { Role } from '#ports/caller.js';

/** Whose turn it is to have a password hashed: each address has its turns, in a queue for logins and one for registrations. */
export interface Turn {
  readonly queue: 'login' | 'registration';
  readonly address: string;
}

/** Slow hashes of what people choose. */
export abstract class Passwords {
  /** @throws Unavailable when too many wait for a hash */
  abstract hash(password: string, turn: Turn): Promise<string>;
  /** Compares; with null it spends the same time on a hash of no user. */
  abstract verify(hash: string | null, password: string, turn: Turn): Promise<boolean>;
  /** Whether a hash was made with weaker parameters than today's. */
  abstract isOutdated(hash: string): boolean;
}

/** What is guessed first. */
export abstract class CommonPasswords {
  /** In lower case. */
  abstract all(): Promise<ReadonlySet<string>>;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Whom a token was made for. */
export interface Claims {
  readonly userId: string;
  readonly sessionId: string;
}

/** Access tokens. */
export abstract class Tokens {
  abstract issue(userId: string, role: Role, sessionId: string, now: Date): Promise<AccessToken>;
  /** Null for anything that is not a valid token of ours. */
  abstract verify(token: string): Promise<Claims | null>;
  /** The refresh token that follows on this one: always the same, so that a lost answer can be given again. */
  abstract successorOf(refreshToken: string): string;
}
