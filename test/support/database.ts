import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** For the program, whose role owns nothing. */
  url: string;
  /** For migrations, and for tests that look behind the program, as query does. */
  ownerUrl: string;
  query<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  drop(): Promise<void>;
}

async function asAdmin<T>(act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

/** A database of one's own: a copy of the migrated template. */
/** @param template another database, with no connection to it any more, to be copied as from a backup */
export async function createDatabase(template?: TestDatabase): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (client) => {
    // Two files that copy the template at once collide; the second simply waits its turn.
    await client.query('SELECT pg_advisory_lock(42)');
    const source = template ? new URL(template.url).pathname.slice(1) : 'template_quittance';
    if (template)
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [source]);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${source}`);
  });
  const named = (url: string) => url.replace('/postgres?', `/${name}?`);
  const url = named(process.env['TEST_PROGRAM_DATABASE_URL']!);
  const ownerUrl = named(process.env['TEST_DATABASE_URL']!);
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 4 });
  pool.on('error', () => undefined);
  return {
    url,
    ownerUrl,
    query: async <Row>(text: string, values: unknown[] = []) => (await pool.query(text, values)).rows as Row[],
    drop: async () => {
      await pool.end();
      await asAdmin((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}
