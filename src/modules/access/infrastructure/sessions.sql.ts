import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { count, run, statement } from '#platform/database/statement.js';
import { Sessions, type RefreshToken } from '../application/users.js';
import type { Session } from '../domain/session.js';

const start = statement(
  'sessions.start',
  `INSERT INTO sessions (id, user_id, created_at, authenticated_at) VALUES ($1, $2, $3, $3)`,
);

// Guard: refresh_tokens_pkey; a successor is made once.
const addToken = statement(
  'refresh-tokens.add',
  `INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)`,
);

// Locks the session, not the token: requests with any token of a session come one by one.
const lockSession = statement(
  'sessions.lock',
  `SELECT id FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) FOR NO KEY UPDATE`,
);

// Read after the lock, in a statement and so a snapshot of its own.
const readToken = statement(
  'refresh-tokens.read',
  `SELECT t.token_hash, t.session_id, t.expires_at, t.spent_at, s.user_id, s.created_at AS started_at, s.revoked_at
   FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.token_hash = $1`,
);

const spend = statement(
  'refresh-tokens.spend',
  `UPDATE refresh_tokens SET spent_at = $2 WHERE token_hash = $1 AND spent_at IS NULL`,
);
const revoke = statement(
  'sessions.revoke',
  `UPDATE sessions SET revoked_at = $3 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL`,
);
const revokeAllOf = statement(
  'sessions.revoke-all',
  `UPDATE sessions SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3::uuid`,
);

const authenticated = statement(
  'sessions.authenticated',
  `UPDATE sessions SET authenticated_at = $2 WHERE id = $1 AND revoked_at IS NULL`,
);

const columns = `s.id, s.user_id AS "userId", u.role, u.status, s.created_at AS "startedAt", s.revoked_at AS "revokedAt",
  coalesce(s.authenticated_at, s.created_at) AS "authenticatedAt",
  EXISTS (SELECT FROM user_mfa m WHERE m.user_id = u.id AND m.confirmed_at IS NOT NULL) AS "hasMfa"`;
const find = statement(
  'sessions.find',
  `SELECT ${columns} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1`,
);
const openOf = statement(
  'sessions.open-of',
  `SELECT ${columns} FROM sessions s JOIN users u ON u.id = s.user_id
   WHERE s.user_id = $1 AND s.revoked_at IS NULL ORDER BY s.id DESC LIMIT 1000`,
);

interface Row {
  started_at: Date;
  token_hash: Buffer;
  session_id: string;
  user_id: string;
  expires_at: Date;
  spent_at: Date | null;
  revoked_at: Date | null;
}

@Injectable()
export class SqlSessions extends Sessions {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(sessionId: string): Promise<Session | null> {
    return (await this.database.read<Session>(find, [sessionId]))[0] ?? null;
  }

  override openOf(userId: string): Promise<Session[]> {
    return this.database.read<Session>(openOf, [userId]);
  }

  override async start(tx: Tx, sessionId: string, userId: string, at: Date): Promise<void> {
    await run(tx, start, [sessionId, userId, at]);
  }

  override async addToken(tx: Tx, hash: Buffer, sessionId: string, issuedAt: Date, expiresAt: Date): Promise<void> {
    await run(tx, addToken, [hash, sessionId, issuedAt, expiresAt]);
  }

  override async lockToken(tx: Tx, hash: Buffer): Promise<RefreshToken | null> {
    await run(tx, lockSession, [hash]);
    const [row] = await run<Row>(tx, readToken, [hash]);
    if (!row) return null;
    return {
      hash: row.token_hash,
      sessionId: row.session_id,
      userId: row.user_id,
      expiresAt: row.expires_at,
      spentAt: row.spent_at,
      sessionStartedAt: row.started_at,
      sessionRevokedAt: row.revoked_at,
    };
  }

  override async spend(tx: Tx, hash: Buffer, at: Date): Promise<void> {
    await run(tx, spend, [hash, at]);
  }

  override async noteAuthentication(tx: Tx, sessionId: string, at: Date): Promise<void> {
    await run(tx, authenticated, [sessionId, at]);
  }

  override async revoke(tx: Tx, sessionId: string, userId: string, at: Date): Promise<boolean> {
    return (await count(tx, revoke, [sessionId, userId, at])) === 1;
  }

  override async revokeAllOf(tx: Tx, userId: string, at: Date, except: string | null = null): Promise<void> {
    await run(tx, revokeAllOf, [userId, at, except]);
  }
}
