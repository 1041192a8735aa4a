import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Forbidden } from '../contract.js';
import { ApiKeys } from './api-keys.js';
import { Users } from './users.js';

/**
 * What the guard lets in may have been taken away since: it asks every few seconds only. Commands that give rights ask once
 * more, in their own transaction and under the lock of the row that would take the right away.
 */
@Injectable()
export class Authority {
  constructor(
    private readonly users: Users,
    private readonly apiKeys: ApiKeys,
  ) {}

  /**
   * Locks the user or the API key that asks.
   * @param caller such as `user:<id>`; null and the system itself have no row @throws Forbidden
   */
  async confirm(tx: Tx, caller: string | null): Promise<void> {
    const [, kind, id] = /^(user|key):([0-9a-f-]{36})$/.exec(caller ?? '') ?? [];
    if (id === undefined) return;
    if (kind === 'key') {
      const key = await this.apiKeys.lock(tx, id);
      if (!key || key.revokedAt !== null) throw new Forbidden('admin');
      return;
    }
    const user = await this.users.lock(tx, id);
    if (user?.role !== 'superadmin' || user.status !== 'active') throw new Forbidden('admin');
  }
}
