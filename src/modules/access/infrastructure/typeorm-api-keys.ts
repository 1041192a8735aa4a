import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, type Repository } from 'typeorm';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { repositoryOf } from '#platform/database/repository.js';
import { run, statement } from '#platform/database/statement.js';
import { ApiKeys } from '../application/api-keys.js';
import type { ApiKey } from '../domain/api-key.js';
import { ApiKeyEntity } from './api-key.entity.js';

// Every request with a key asks for it.
const columns = `id, lookup, key_hash AS "keyHash", name, scopes, created_by AS "createdBy", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt", created_at AS "createdAt"`;
const findByLookup = statement('api-keys.find', `SELECT ${columns} FROM api_keys WHERE lookup = $1`);

// In passing, for many keys at once; rows that are locked are left for the next time, so it never waits.
const noteUse = statement(
  'api-keys.note-use',
  `WITH used AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)),
   free AS MATERIALIZED (SELECT k.id FROM api_keys k JOIN used USING (id) ORDER BY k.id FOR NO KEY UPDATE OF k SKIP LOCKED)
   UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at) FROM used JOIN free USING (id) WHERE api_keys.id = used.id`,
);

// Locks ids ascending first; the update then finds its rows locked by itself.
const revokeMadeBy = statement(
  'api-keys.revoke-made-by',
  `WITH made AS MATERIALIZED (SELECT id FROM api_keys WHERE created_by = $1 AND revoked_at IS NULL ORDER BY id FOR NO KEY UPDATE)
   UPDATE api_keys k SET revoked_at = $2 FROM made WHERE k.id = made.id RETURNING k.id`,
);

@Injectable()
export class TypeOrmApiKeys extends ApiKeys {
  constructor(
    private readonly database: Database,
    @InjectRepository(ApiKeyEntity) private readonly keys: Repository<ApiKeyEntity>,
  ) {
    super();
  }

  override async findByLookup(lookup: string): Promise<ApiKey | null> {
    return (await this.database.read<ApiKey>(findByLookup, [lookup]))[0] ?? null;
  }

  override list(afterId: string | null, limit: number, createdBy?: string): Promise<ApiKey[]> {
    const where = {
      ...(afterId !== null && { id: LessThan(afterId) }),
      ...(createdBy !== undefined && { createdBy }),
    };
    return this.keys.find({ where, order: { id: 'DESC' }, take: limit + 1 });
  }

  /** Locks one key, whose events count under this lock. */
  override lock(tx: Tx, id: string): Promise<ApiKey | null> {
    return repositoryOf(tx, ApiKeyEntity).findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  override async insert(tx: Tx, key: ApiKey): Promise<void> {
    await repositoryOf(tx, ApiKeyEntity).insert({ ...key, scopes: [...key.scopes] });
  }

  override async revoke(tx: Tx, id: string, at: Date): Promise<void> {
    await repositoryOf(tx, ApiKeyEntity).update({ id, revokedAt: IsNull() }, { revokedAt: at });
  }

  override async revokeMadeBy(tx: Tx, caller: string, at: Date): Promise<string[]> {
    return (await run<{ id: string }>(tx, revokeMadeBy, [caller, at])).map(({ id }) => id);
  }

  override async noteUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    const ids = [...uses.keys()].filter((id) => id !== 'demo');
    if (ids.length > 0) await this.database.read(noteUse, [ids, ids.map((id) => uses.get(id))]);
  }
}
