import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './data-directory.js';
import { EmbeddedDatabaseFailed } from './run-as.js';

/** A server whose program was killed lives on. It is stopped, gently first, so that the new one can have the directory. */
export async function stopOrphan(cluster: string): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return; // PostgreSQL clears a dead server's file itself
  if (!isPostgresOf(pid, cluster)) {
    rmSync(pidFile, { force: true }); // the pid was given to another process since
    return;
  }
  for (const [kind, timeoutMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!signal(pid, kind))
      throw new EmbeddedDatabaseFailed(
        `A database server of another user (process ${pid}) is running in ${cluster}. Stop it, or set DATA_DIR to another directory.`,
      );
    for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(20)) {
      if (!isAlive(pid)) return;
    }
  }
  throw new EmbeddedDatabaseFailed(
    `A database server (process ${pid}) is still running in ${cluster} and cannot be stopped.`,
  );
}

export function isPostgresOf(pid: number, cluster: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return args.some((arg) => arg.endsWith('postgres')) && args.includes(cluster);
  } catch {
    // No /proc (macOS, Windows) or not ours to read: ask ps, and without it believe the pid file.
    const asked = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return asked.status !== 0 || asked.stdout.includes('postgres');
  }
}

export function signal(pid: number, kind: NodeJS.Signals): boolean {
  try {
    process.kill(pid, kind);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
