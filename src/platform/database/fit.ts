/** The database is there and cannot be used: its encoding, its version. The message says what to do. */
export class DatabaseUnfit extends Error {}

const MIN_VERSION = 150_000;

/**
 * Refuses a database that would take what it cannot keep.
 * @param query runs a statement and answers its rows
 * @throws DatabaseUnfit
 */
export async function refuseUnfitDatabase(query: (text: string) => Promise<object[]>): Promise<void> {
  const [row] = await query(
    `SELECT current_database() AS name, current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int AS version,
       current_setting('server_version') AS release`,
  );
  const { name, encoding, version, release } = row as Record<'name' | 'encoding' | 'release', string> & {
    version: number;
  };
  if (version < MIN_VERSION)
    throw new DatabaseUnfit(`The database server is PostgreSQL ${release}; PostgreSQL 15 or newer is needed.`);
  if (encoding !== 'UTF8')
    throw new DatabaseUnfit(
      `The database ${name} is encoded in ${encoding}, which cannot hold every text. Make one with: CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`,
    );
}

/**
 * What a session must be like, whatever the server, the database, the role or the shell (PGOPTIONS) say: times and numbers are read
 * in these formats.
 */
const SESSION = '-c DateStyle=ISO,YMD -c IntervalStyle=postgres -c extra_float_digits=1 -c TimeZone=UTC';

/** The address without its `options`, and those with ours behind them, where the last one counts. */
export function sessionOf(url: string): { url: string; options: string } {
  if (!URL.canParse(url)) return { url, options: SESSION };
  const parsed = new URL(url);
  const given = parsed.searchParams.get('options');
  parsed.searchParams.delete('options');
  return given === null ? { url, options: SESSION } : { url: parsed.href, options: `${given} ${SESSION}` };
}
