import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, type Repository } from 'typeorm';
import type { Tx } from '#ports/tx.js';
import { repositoryOf } from '#platform/database/repository.js';
import { run, statement } from '#platform/database/statement.js';
import { Endpoints } from '../application/endpoints.js';
import { MAX_ENDPOINTS, type Endpoint } from '../domain/endpoint.js';
import { EndpointEntity } from './endpoint.entity.js';

// Before any endpoint's row, and released with the transaction. The number means nothing else anywhere.
const lockAll = statement('endpoints.lock-all', `SELECT pg_advisory_xact_lock(71205002)`);

// For every batch of events that is dispatched, so not by the repository.
const all = statement(
  'endpoints.all',
  `SELECT id, url, description, events, status, disabled_reason AS "disabledReason", secret,
     previous_secrets AS "previousSecrets", failing_since AS "failingSince", version, updated_at AS "updatedAt",
     created_at AS "createdAt"
   FROM webhook_endpoints ORDER BY id LIMIT $1`,
);

@Injectable()
export class TypeOrmEndpoints extends Endpoints {
  constructor(@InjectRepository(EndpointEntity) private readonly endpoints: Repository<EndpointEntity>) {
    super();
  }

  override list(afterId: string | null, limit: number): Promise<Endpoint[]> {
    const where = afterId === null ? {} : { id: LessThan(afterId) };
    return this.endpoints.find({ where, order: { id: 'DESC' }, take: limit + 1 });
  }

  override find(id: string): Promise<Endpoint | null> {
    return this.endpoints.findOneBy({ id });
  }

  override all(): Promise<Endpoint[]> {
    return this.endpoints.find({ order: { id: 'ASC' }, take: MAX_ENDPOINTS });
  }

  override allIn(tx: Tx): Promise<Endpoint[]> {
    return run<Endpoint>(tx, all, [MAX_ENDPOINTS]);
  }

  override async lockAll(tx: Tx): Promise<void> {
    await run(tx, lockAll, []);
  }

  override async insert(tx: Tx, endpoint: Endpoint): Promise<void> {
    await repositoryOf(tx, EndpointEntity).insert(entityOf(endpoint));
  }

  /** Locks endpoints, ids ascending; after their outbox rows and deliveries, and no holder of one waits for those. */
  override lock(tx: Tx, ids: readonly string[]): Promise<Endpoint[]> {
    const lock = { mode: 'for_no_key_update' as const };
    return repositoryOf(tx, EndpointEntity).find({ where: { id: In([...ids]) }, order: { id: 'ASC' }, lock });
  }

  /** The row is locked. */
  override async save(tx: Tx, endpoint: Endpoint): Promise<void> {
    const { id, createdAt: _createdAt, ...changing } = entityOf(endpoint);
    const { affected } = await repositoryOf(tx, EndpointEntity).update({ id }, changing);
    if (affected !== 1) throw new Error(`Endpoint ${id} was changed without its lock`);
  }

  override async delete(tx: Tx, id: string): Promise<void> {
    await repositoryOf(tx, EndpointEntity).delete({ id });
  }
}

function entityOf(endpoint: Endpoint): EndpointEntity {
  return { ...endpoint, events: [...endpoint.events], previousSecrets: [...endpoint.previousSecrets] };
}
