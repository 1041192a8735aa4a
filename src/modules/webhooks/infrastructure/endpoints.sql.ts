import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { count, run, statement } from '#platform/database/statement.js';
import { Endpoints } from '../application/endpoints.js';
import {
  MAX_ENDPOINTS,
  type DisabledReason,
  type Endpoint,
  type EndpointState,
  type PreviousSecret,
} from '../domain/endpoint.js';

const columns = `id, url, description, events, status, disabled_reason, secret, previous_secrets, failing_since, version, updated_at, created_at`;

const list = statement(
  'endpoints.list',
  `SELECT ${columns} FROM webhook_endpoints WHERE $2::uuid IS NULL OR id < $2 ORDER BY id DESC LIMIT $1`,
);
const find = statement('endpoints.find', `SELECT ${columns} FROM webhook_endpoints WHERE id = $1`);
const all = statement('endpoints.all', `SELECT ${columns} FROM webhook_endpoints ORDER BY id LIMIT ${MAX_ENDPOINTS}`);

// Before any endpoint's row, and released with the transaction. The number means nothing else anywhere.
const lockAll = statement('endpoints.lock-all', `SELECT pg_advisory_xact_lock(71205002)`);
const insert = statement(
  'endpoints.insert',
  `INSERT INTO webhook_endpoints (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
);

// Locks endpoints, ids ascending; after their outbox rows and deliveries, and nobody who holds one waits for those.
const lock = statement(
  'endpoints.lock',
  `SELECT ${columns} FROM webhook_endpoints WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);

// The row is locked.
const save = statement(
  'endpoints.save',
  `UPDATE webhook_endpoints SET url = $2, description = $3, events = $4, status = $5, disabled_reason = $6, secret = $7, previous_secrets = $8,
          failing_since = $9, version = $10, updated_at = $11
   WHERE id = $1`,
);
const remove = statement('endpoints.delete', `DELETE FROM webhook_endpoints WHERE id = $1`);

interface Row {
  id: string;
  url: string;
  description: string | null;
  events: string[];
  status: EndpointState;
  disabled_reason: DisabledReason | null;
  secret: string;
  previous_secrets: PreviousSecret[];
  failing_since: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlEndpoints extends Endpoints {
  constructor(private readonly database: Database) {
    super();
  }

  override async list(afterId: string | null, limit: number): Promise<Endpoint[]> {
    return (await this.database.read<Row>(list, [limit + 1, afterId])).map(endpoint);
  }

  override async find(id: string): Promise<Endpoint | null> {
    const [row] = await this.database.read<Row>(find, [id]);
    return row ? endpoint(row) : null;
  }

  override async all(): Promise<Endpoint[]> {
    return (await this.database.read<Row>(all)).map(endpoint);
  }

  override async allIn(tx: Tx): Promise<Endpoint[]> {
    return (await run<Row>(tx, all, [])).map(endpoint);
  }

  override async lockAll(tx: Tx): Promise<void> {
    await run(tx, lockAll, []);
  }

  override async insert(tx: Tx, e: Endpoint): Promise<void> {
    await run(tx, insert, [...changing(e), e.createdAt]);
  }

  override async lock(tx: Tx, ids: readonly string[]): Promise<Endpoint[]> {
    return (await run<Row>(tx, lock, [ids])).map(endpoint);
  }

  override async save(tx: Tx, e: Endpoint): Promise<void> {
    const saved = await count(tx, save, changing(e));
    if (saved !== 1) throw new Error(`Endpoint ${e.id} was changed without its lock`);
  }

  override async delete(tx: Tx, id: string): Promise<void> {
    await run(tx, remove, [id]);
  }
}

/** In the order of the columns; all but the last, which never changes. */
function changing(e: Endpoint): unknown[] {
  return [
    e.id,
    e.url,
    e.description,
    e.events,
    e.status,
    e.disabledReason,
    e.secret,
    JSON.stringify(e.previousSecrets),
    e.failingSince,
    e.version,
    e.updatedAt,
  ];
}

function endpoint(row: Row): Endpoint {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    status: row.status,
    disabledReason: row.disabled_reason,
    secret: row.secret,
    previousSecrets: row.previous_secrets,
    failingSince: row.failing_since,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
