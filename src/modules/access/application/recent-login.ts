import { Injectable } from '@nestjs/common';
import type { Caller } from '#ports/caller.js';
import { Clock } from '#kernel/clock.js';
import { ReauthenticationRequired } from '../domain/errors.js';
import { isRecent } from '../domain/session.js';
import { Sessions } from './users.js';

/** What cannot be undone, or gives rights away, needs a password of the last minutes: a stolen token is not enough. */
@Injectable()
export class RecentLogin {
  constructor(
    private readonly sessions: Sessions,
    private readonly clock: Clock,
  ) {}

  /** API keys have no password and pass. @throws ReauthenticationRequired */
  async confirm({ user }: Caller): Promise<void> {
    if (user === null) return;
    const session = await this.sessions.find(user.sessionId);
    if (!session || !isRecent(session, this.clock.now())) throw new ReauthenticationRequired();
  }
}
