import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, type Repository } from 'typeorm';
import type { Role } from '#ports/caller.js';
import type { Tx } from '#ports/tx.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { repositoryOf } from '#platform/database/repository.js';
import { Users } from '../application/users.js';
import { EmailTaken } from '../domain/errors.js';
import type { User } from '../domain/user.js';
import { UserEntity } from './user.entity.js';

@Injectable()
export class TypeOrmUsers extends Users {
  constructor(@InjectRepository(UserEntity) private readonly users: Repository<UserEntity>) {
    super();
  }

  override find(id: string): Promise<User | null> {
    return this.users.findOneBy({ id });
  }

  override findByEmail(email: string): Promise<User | null> {
    return this.users.findOneBy({ email });
  }

  override list(filter: { role?: Role; email?: string }, afterId: string | null, limit: number): Promise<User[]> {
    const where = {
      ...(afterId !== null && { id: LessThan(afterId) }),
      ...(filter.role !== undefined && { role: filter.role }),
      ...(filter.email !== undefined && { email: filter.email }),
    };
    return this.users.find({ where, order: { id: 'DESC' }, take: limit + 1 });
  }

  override read(tx: Tx, id: string): Promise<User | null> {
    return repositoryOf(tx, UserEntity).findOneBy({ id });
  }

  /** Locks one user, whose events count under this lock. */
  override lock(tx: Tx, id: string): Promise<User | null> {
    return repositoryOf(tx, UserEntity).findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Locks all superadmins, ids ascending: one of two who step down at once sees that they are the last. */
  override async lockSuperadmins(tx: Tx): Promise<number> {
    const where = { role: 'superadmin' as const };
    const lock = { mode: 'for_no_key_update' as const };
    const superadmins = await repositoryOf(tx, UserEntity).find({ where, order: { id: 'ASC' }, lock });
    return superadmins.filter(({ status }) => status === 'active').length;
  }

  /** Guard: users_email_unique. */
  override async insert(tx: Tx, user: User): Promise<void> {
    try {
      await repositoryOf(tx, UserEntity).insert(user);
    } catch (error) {
      if (violatedUnique(error) === 'users_email_unique') throw new EmailTaken();
      throw error;
    }
  }

  /** The row is locked. Guard: the version it had then. */
  override async save(tx: Tx, before: User, user: User): Promise<void> {
    const { id: _id, email: _email, createdAt: _createdAt, ...changing } = user;
    const { id, version } = before;
    const { affected } = await repositoryOf(tx, UserEntity).update({ id, version }, changing);
    if (affected !== 1) throw new Error(`User ${id} was changed without its lock`);
  }

  /** Sessions and refresh tokens go with their user. */
  override async delete(tx: Tx, id: string): Promise<void> {
    await repositoryOf(tx, UserEntity).delete({ id });
  }
}
