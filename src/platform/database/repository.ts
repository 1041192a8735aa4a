import type { ObjectLiteral, EntityTarget, Repository } from 'typeorm';
import type { Tx } from '#ports/tx.js';
import type { OpenTransaction } from './open-transaction.js';

/**
 * The repository of an entity, bound to a transaction. For plain tables that are seldom written; what is hot, locks several
 * rows or writes sets is SQL.
 */
export function repositoryOf<Entity extends ObjectLiteral>(tx: Tx, entity: EntityTarget<Entity>): Repository<Entity> {
  return (tx as unknown as OpenTransaction).manager.getRepository(entity);
}
