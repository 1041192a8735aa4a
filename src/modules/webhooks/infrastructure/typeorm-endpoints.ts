import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, MoreThan, type Repository } from 'typeorm';
import { SealedColumns, Sealing, type SealedColumn } from '#ports/sealing.js';
import type { Tx } from '#ports/tx.js';
import { repositoryOf } from '#platform/database/repository.js';
import { run, statement } from '#platform/database/statement.js';
import { Endpoints } from '../application/endpoints.js';
import { MAX_ENDPOINTS, type Endpoint } from '../domain/endpoint.js';
import { openHeaders, openSecrets, sealedHeaders, sealedSecrets } from './endpoint-secrets.js';
import { EndpointEntity } from './endpoint.entity.js';

// Before any endpoint's row, and released with the transaction. The number means nothing else anywhere.
const lockAll = statement('endpoints.lock-all', `SELECT pg_advisory_xact_lock(71205002)`);

// For every batch of events that is dispatched, so not by the repository.
const all = statement(
  'endpoints.all',
  `SELECT id, url, description, events, status, disabled_reason AS "disabledReason", secret,
     previous_secrets AS "previousSecrets", signing_key AS "signingKey", headers, failing_since AS "failingSince", version, updated_at AS "updatedAt",
     created_at AS "createdAt"
   FROM webhook_endpoints ORDER BY id LIMIT $1`,
);

@Injectable()
export class TypeOrmEndpoints extends Endpoints implements SealedColumn {
  readonly name = 'webhook_endpoints.secret';

  constructor(
    @InjectRepository(EndpointEntity) private readonly endpoints: Repository<EndpointEntity>,
    private readonly sealing: Sealing,
    columns: SealedColumns,
  ) {
    super();
    columns.register(this);
  }

  override async list(afterId: string | null, limit: number): Promise<Endpoint[]> {
    const where = afterId === null ? {} : { id: LessThan(afterId) };
    return this.opened(await this.endpoints.find({ where, order: { id: 'DESC' }, take: limit + 1 }));
  }

  override async find(id: string): Promise<Endpoint | null> {
    const found = await this.endpoints.findOneBy({ id });
    return found && this.open(found);
  }

  override async all(): Promise<Endpoint[]> {
    return this.opened(await this.endpoints.find({ order: { id: 'ASC' }, take: MAX_ENDPOINTS }));
  }

  override async allIn(tx: Tx): Promise<Endpoint[]> {
    return this.opened(await run<EndpointEntity>(tx, all, [MAX_ENDPOINTS]));
  }

  override async lockAll(tx: Tx): Promise<void> {
    await run(tx, lockAll, []);
  }

  override async insert(tx: Tx, endpoint: Endpoint): Promise<void> {
    await repositoryOf(tx, EndpointEntity).insert(this.sealed(endpoint));
  }

  /** Locks endpoints, ids ascending; after their outbox rows and deliveries, and no holder of one waits for those. */
  override async lock(tx: Tx, ids: readonly string[]): Promise<Endpoint[]> {
    const found = repositoryOf(tx, EndpointEntity).find({ where: { id: In([...ids]) }, order: { id: 'ASC' }, lock });
    return this.opened(await found);
  }

  /** The row is locked. */
  override async save(tx: Tx, endpoint: Endpoint): Promise<void> {
    const { id, createdAt: _createdAt, ...changing } = this.sealed(endpoint);
    const { affected } = await repositoryOf(tx, EndpointEntity).update({ id }, changing);
    if (affected !== 1) throw new Error(`Endpoint ${id} was changed without its lock`);
  }

  override async delete(tx: Tx, id: string): Promise<void> {
    await repositoryOf(tx, EndpointEntity).delete({ id });
  }

  /** Few rows, so all that are read are sealed anew. Locks them, ids ascending. */
  async sealAnew(tx: Tx, afterId: string | null, limit: number): Promise<string | null> {
    const where = afterId === null ? {} : { id: MoreThan(afterId) };
    const rows = await repositoryOf(tx, EndpointEntity).find({ where, order: { id: 'ASC' }, take: limit, lock });
    for (const row of rows) {
      const { secret, signingKey, previousSecrets, headers } = this.sealed(this.open(row));
      await repositoryOf(tx, EndpointEntity).update({ id: row.id }, { secret, signingKey, previousSecrets, headers });
    }
    return rows.at(-1)?.id ?? null;
  }

  private opened(rows: readonly EndpointEntity[]): Endpoint[] {
    return rows.map((row) => this.open(row));
  }

  private open(row: EndpointEntity): Endpoint {
    const headers = openHeaders(this.sealing, row.id, row.headers);
    return { ...row, ...openSecrets(this.sealing, row.id, row), headers };
  }

  private sealed(endpoint: Endpoint): EndpointEntity {
    const { secret, signingKey, previousSecrets } = sealedSecrets(this.sealing, endpoint.id, endpoint);
    const headers = sealedHeaders(this.sealing, endpoint.id, endpoint.headers);
    const lists = { events: [...endpoint.events], previousSecrets: [...previousSecrets] };
    return { ...endpoint, ...lists, secret, signingKey, headers };
  }
}

const lock = { mode: 'for_no_key_update' as const };
