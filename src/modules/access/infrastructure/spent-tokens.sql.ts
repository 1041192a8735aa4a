import { Injectable } from '@nestjs/common';
import { Housekeeping, type HousekeepingTask } from '#ports/retention.js';
import type { Tx } from '#ports/tx.js';
import { count, statement } from '#platform/database/statement.js';
import { AccessSettings } from '../settings.js';

// A spent token is kept until it would have expired anyway: before that its reuse must still be recognised.
const forgetTokens = statement(
  'housekeeping.refresh-tokens',
  `DELETE FROM refresh_tokens WHERE token_hash IN (
     SELECT token_hash FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);

// A session without tokens is over. One that is just being started has none yet, and is younger.
const forgetSessions = statement(
  'housekeeping.sessions',
  `DELETE FROM sessions WHERE id IN (
     SELECT s.id FROM sessions s WHERE s.created_at < $1 AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id)
     LIMIT $2 FOR UPDATE SKIP LOCKED)`,
);

/** Refresh tokens that are spent or expired, and the sessions that had them. */
@Injectable()
export class SpentTokens implements HousekeepingTask {
  readonly name = 'refresh_tokens';

  constructor(
    private readonly settings: AccessSettings,
    housekeeping: Housekeeping,
  ) {
    housekeeping.register(this);
  }

  async run(tx: Tx, now: Date, limit: number): Promise<number> {
    const before = new Date(now.getTime() - this.settings.tokenRetentionDays * 86_400_000);
    const tokens = await count(tx, forgetTokens, [before, limit]);
    return tokens < limit ? tokens + (await count(tx, forgetSessions, [before, limit - tokens])) : tokens;
  }
}
