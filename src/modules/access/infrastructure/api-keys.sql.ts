import { Injectable } from '@nestjs/common';
import type { Scope } from '#ports/caller.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { run, statement } from '#platform/database/statement.js';
import { ApiKeys } from '../application/api-keys.js';
import type { ApiKey } from '../domain/api-key.js';

const columns = `id, lookup, key_hash, name, scopes, created_by, expires_at, last_used_at, revoked_at, created_at`;

const findByLookup = statement('api-keys.find', `SELECT ${columns} FROM api_keys WHERE lookup = $1`);
const list = statement(
  'api-keys.list',
  `SELECT ${columns} FROM api_keys WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
);

// Locks one key, whose events count under this lock.
const lock = statement('api-keys.lock', `SELECT ${columns} FROM api_keys WHERE id = $1 FOR NO KEY UPDATE`);

const insert = statement(
  'api-keys.insert',
  `INSERT INTO api_keys (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);
const revoke = statement('api-keys.revoke', `UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`);

// In passing, for many keys at once; rows that somebody holds are left for the next time, so it never waits.
const noteUse = statement(
  'api-keys.note-use',
  `WITH used AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)),
   free AS MATERIALIZED (SELECT k.id FROM api_keys k JOIN used USING (id) ORDER BY k.id FOR NO KEY UPDATE OF k SKIP LOCKED)
   UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at) FROM used JOIN free USING (id) WHERE api_keys.id = used.id`,
);

interface Row {
  id: string;
  lookup: string;
  key_hash: Buffer;
  name: string;
  scopes: Scope[];
  created_by: string;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
  created_at: Date;
}

@Injectable()
export class SqlApiKeys extends ApiKeys {
  constructor(private readonly database: Database) {
    super();
  }

  override async findByLookup(lookup: string): Promise<ApiKey | null> {
    return apiKey((await this.database.read<Row>(findByLookup, [lookup]))[0]);
  }

  override async list(afterId: string | null, limit: number): Promise<ApiKey[]> {
    return (await this.database.read<Row>(list, [limit + 1, afterId])).map((row) => apiKey(row)!);
  }

  override async lock(tx: Tx, id: string): Promise<ApiKey | null> {
    return apiKey((await run<Row>(tx, lock, [id]))[0]);
  }

  override async insert(tx: Tx, k: ApiKey): Promise<void> {
    await run(tx, insert, [
      k.id,
      k.lookup,
      k.keyHash,
      k.name,
      k.scopes,
      k.createdBy,
      k.expiresAt,
      k.lastUsedAt,
      k.revokedAt,
      k.createdAt,
    ]);
  }

  override async revoke(tx: Tx, id: string, at: Date): Promise<void> {
    await run(tx, revoke, [id, at]);
  }

  override async noteUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    const ids = [...uses.keys()].filter((id) => id !== 'demo');
    if (ids.length > 0) await this.database.read(noteUse, [ids, ids.map((id) => uses.get(id))]);
  }
}

function apiKey(row: Row | undefined): ApiKey | null {
  if (!row) return null;
  return {
    id: row.id,
    lookup: row.lookup,
    keyHash: row.key_hash,
    name: row.name,
    scopes: row.scopes,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    createdAt: row.created_at,
  };
}
