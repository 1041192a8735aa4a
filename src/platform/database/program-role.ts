import pg from 'pg';
import { sessionOf } from './fit.js';

/** The role that the program connects as: it reads and writes rows, and owns nothing. */
export interface ProgramRole {
  readonly name: string;
  /** Set when the role is made, and each time after: null leaves it to the operator. */
  readonly password: string | null;
}

/** The role and the password of a connection URL. */
export function roleOf(url: string): ProgramRole {
  const { username, password } = new URL(url);
  return { name: decodeURIComponent(username), password: password === '' ? null : decodeURIComponent(password) };
}

/** History: rows are added and, but for taking people out, never changed. A trigger refuses the rest as well. */
const appendOnly = ['events', 'ledger_movements', 'stock_adjustments'];

/**
 * Makes the program's role where it is missing and gives it what the program needs: no schema changes, no TRUNCATE, no
 * triggers, no deletion of history. Run by the owner after migrations; processes that start together take turns on the
 * migration lock.
 */
export async function grantToProgram(ownerUrl: string, role: ProgramRole): Promise<void> {
  const owner = new pg.Client({
    connectionString: sessionOf(ownerUrl).url,
    options: sessionOf(ownerUrl).options,
    application_name: 'quittance-migrate',
  });
  await owner.connect();
  try {
    await owner.query('BEGIN');
    await grant(owner, role);
    await owner.query('COMMIT');
  } finally {
    await owner.end();
  }
}

async function grant(owner: pg.Client, { name, password }: ProgramRole): Promise<void> {
  const role = owner.escapeIdentifier(name);
  const { rowCount } = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  if (!rowCount) {
    const login = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE${password === null ? '' : ` PASSWORD ${owner.escapeLiteral(password)}`}`;
    await owner.query(`CREATE ROLE ${role} ${login}`);
  }
  const { rows } = await owner.query<{ name: string }>('SELECT current_database() AS name');
  await owner.query(`
    GRANT CONNECT ON DATABASE ${owner.escapeIdentifier(rows[0]!.name)} TO ${role};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};
    REVOKE DELETE ON ${appendOnly.join(', ')} FROM ${role};
    REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${role};`);
}

/** Whether the role of this connection could change the schema: the program should not. */
export async function mayChangeSchema(read: <Row>(text: string) => Promise<Row[]>): Promise<boolean> {
  const [row] = await read<{ may: boolean }>(
    `SELECT rolsuper OR has_schema_privilege('public', 'CREATE') AS may FROM pg_roles WHERE rolname = current_user`,
  );
  return row?.may ?? false;
}
