import type { Role } from '#ports/caller.js';
import type { UserStatus } from './user.js';

const HOUR_MS = 3_600_000;

/** How long a session may last, however often it is refreshed: staff log in every working day. */
const lifetimeMs: Readonly<Record<Role, number>> = {
  customer: 90 * 24 * HOUR_MS,
  admin: 12 * HOUR_MS,
  superadmin: 12 * HOUR_MS,
};

/** A session with what its user is at this moment. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly status: UserStatus;
  readonly startedAt: Date;
  /** When its user last showed their password. */
  readonly authenticatedAt: Date;
  /** Whether its user has a second factor. */
  readonly hasMfa: boolean;
  readonly revokedAt: Date | null;
}

/** How long a password is enough for what cannot be undone. */
const RECENT_MS = 5 * 60_000;

export function isRecent({ authenticatedAt }: Pick<Session, 'authenticatedAt'>, now: Date): boolean {
  return now.getTime() - authenticatedAt.getTime() <= RECENT_MS;
}

/** When a session ends by itself. */
export function endOf({ startedAt, role }: Pick<Session, 'startedAt' | 'role'>): Date {
  return new Date(startedAt.getTime() + lifetimeMs[role]);
}

export function isLive(session: Session, now: Date): boolean {
  return session.revokedAt === null && session.status === 'active' && now < endOf(session);
}
