import { Injectable } from '@nestjs/common';
import type { Role } from '#ports/caller.js';
import type { Tx } from '#ports/tx.js';
import { Database } from '#platform/database/database.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { count, run, statement } from '#platform/database/statement.js';
import { Users } from '../application/users.js';
import { EmailTaken } from '../domain/errors.js';
import type { User } from '../domain/user.js';

const columns = `id, email, password_hash, first_name, last_name, role, email_verified, last_login_at, version, created_at, updated_at`;

const find = statement('users.find', `SELECT ${columns} FROM users WHERE id = $1`);
const findByEmail = statement('users.find-by-email', `SELECT ${columns} FROM users WHERE email = $1`);
const list = statement(
  'users.list',
  `SELECT ${columns} FROM users WHERE ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR role = $3) AND ($4::text IS NULL OR email = $4) ORDER BY id DESC LIMIT $1`,
);

// Locks one user, whose events count under this lock.
const lock = statement('users.lock', `SELECT ${columns} FROM users WHERE id = $1 FOR NO KEY UPDATE`);

// Locks all superadmins, ids ascending: one of two who step down at once sees that they are the last.
const lockSuperadmins = statement(
  'users.lock-superadmins',
  `SELECT id FROM users WHERE role = 'superadmin' ORDER BY id FOR NO KEY UPDATE`,
);

// Guard: users_email_unique.
const insert = statement(
  'users.insert',
  `INSERT INTO users (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
);

// The row is locked. Guard: the version it had then.
const save = statement(
  'users.save',
  `UPDATE users SET password_hash = $3, first_name = $4, last_name = $5, role = $6, email_verified = $7, last_login_at = $8, version = $9, updated_at = $10
   WHERE id = $1 AND version = $2`,
);

// Sessions and refresh tokens go with their user.
const remove = statement('users.delete', `DELETE FROM users WHERE id = $1`);

interface Row {
  id: string;
  email: string;
  password_hash: string;
  first_name: string | null;
  last_name: string | null;
  role: Role;
  email_verified: boolean;
  last_login_at: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

@Injectable()
export class SqlUsers extends Users {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(id: string): Promise<User | null> {
    return user((await this.database.read<Row>(find, [id]))[0]);
  }

  override async findByEmail(email: string): Promise<User | null> {
    return user((await this.database.read<Row>(findByEmail, [email]))[0]);
  }

  override async list(filter: { role?: Role; email?: string }, afterId: string | null, limit: number): Promise<User[]> {
    const rows = await this.database.read<Row>(list, [limit + 1, afterId, filter.role ?? null, filter.email ?? null]);
    return rows.map((row) => user(row)!);
  }

  override async read(tx: Tx, id: string): Promise<User | null> {
    return user((await run<Row>(tx, find, [id]))[0]);
  }

  override async lock(tx: Tx, id: string): Promise<User | null> {
    return user((await run<Row>(tx, lock, [id]))[0]);
  }

  override async lockSuperadmins(tx: Tx): Promise<number> {
    return (await run(tx, lockSuperadmins, [])).length;
  }

  override async insert(tx: Tx, u: User): Promise<void> {
    try {
      await run(tx, insert, [
        u.id,
        u.email,
        u.passwordHash,
        u.firstName,
        u.lastName,
        u.role,
        u.emailVerified,
        u.lastLoginAt,
        u.version,
        u.createdAt,
        u.updatedAt,
      ]);
    } catch (error) {
      if (violatedUnique(error) === 'users_email_unique') throw new EmailTaken();
      throw error;
    }
  }

  override async save(tx: Tx, before: User, u: User): Promise<void> {
    const saved = await count(tx, save, [
      before.id,
      before.version,
      u.passwordHash,
      u.firstName,
      u.lastName,
      u.role,
      u.emailVerified,
      u.lastLoginAt,
      u.version,
      u.updatedAt,
    ]);
    if (saved !== 1) throw new Error(`User ${before.id} was changed without its lock`);
  }

  override async delete(tx: Tx, id: string): Promise<void> {
    await run(tx, remove, [id]);
  }
}

function user(row: Row | undefined): User | null {
  if (!row) return null;
  return {
    id: row.id,
    email: row.email,
    passwordHash: row.password_hash,
    firstName: row.first_name,
    lastName: row.last_name,
    role: row.role,
    emailVerified: row.email_verified,
    lastLoginAt: row.last_login_at,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
