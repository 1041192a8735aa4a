import type { SpawnOptions } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { childEnvironment } from '../settings/child-environment.js';

export class EmbeddedDatabaseFailed extends Error {}

/** Who the server runs as: PostgreSQL refuses to run as root. */
export interface Identity {
  uid: number;
  gid: number;
}

/** As root: the owner of an existing cluster, else the user postgres, else nobody. Otherwise: this user. */
export function chooseIdentity(cluster: string): Identity | null {
  if (process.getuid?.() !== 0) return null;
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster);
    if (uid !== 0) return { uid, gid };
  }
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user)
    throw new EmbeddedDatabaseFailed(
      'PostgreSQL does not run as root and there is no user "postgres" or "nobody" to run it as. Run as an ordinary user, or set DATABASE_URL.',
    );
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/**
 * Starts a program of PostgreSQL. As root it drops to another user; where that user may not enter the directories above
 * (a checkout under /root, say) the process keeps the one capability to pass through directories, and nothing else.
 */
export function command(
  program: string,
  args: string[],
  identity: Identity | null,
  cluster: string,
): { file: string; args: string[]; options: SpawnOptions } {
  const env = { ...childEnvironment(), LC_ALL: 'C', PGOPTIONS: '' };
  if (!identity) return { file: program, args, options: { env } };
  if (mayEnter(dirname(program), identity) && mayEnter(dirname(cluster), identity))
    return { file: program, args, options: { env, ...identity, cwd: '/' } };
  const capability = '-all,+dac_read_search';
  return {
    file: 'setpriv',
    args: [
      `--reuid=${identity.uid}`,
      `--regid=${identity.gid}`,
      '--securebits=+no_setuid_fixup',
      '--clear-groups',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      `--bounding-set=${capability}`,
      program,
      ...args,
    ],
    options: { env, cwd: '/' },
  };
}

function mayEnter(directory: string, { uid, gid }: Identity): boolean {
  for (let path = directory; ; path = dirname(path)) {
    const { mode, uid: owner, gid: group } = statSync(path);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
    if (path === dirname(path)) return true;
  }
}
