import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class DataDirectoryInUse extends Error {}

/** The start time of a process, in the kernel's ticks: together with the pid it names one process and no later one. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** Ended, but not yet reaped by a parent that does not care (a container without an init, say). */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * One server per data directory. The lock is a file with the owner's pid and start time, so that the lock of a killed
 * process, even one whose pid was given to somebody else, does not keep the next start out.
 * @throws DataDirectoryInUse when a living process owns the directory
 */
export function lockDataDirectory(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'server.lock');
  const mine = JSON.stringify({ pid: process.pid, start: startOf(process.pid) });
  for (let tries = 0; tries < 5; tries++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o644 });
      return () => {
        if (existsSync(path) && readFileSync(path, 'utf8') === mine) rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const found = readOwner(path);
    if (found && found.pid !== process.pid && isAlive(found.pid) && (found.start === null || startOf(found.pid) === found.start)) {
      throw new DataDirectoryInUse(
        `Another server (process ${found.pid}) is using the data directory ${dataDir}. Stop it, or set DATA_DIR to another directory.`,
      );
    }
    // Move the stale lock aside before looking again: of several that start at once only one moves what it judged.
    const aside = `${path}.${randomUUID()}`;
    try {
      renameSync(path, aside);
      rmSync(aside, { force: true });
    } catch {
      // somebody else was faster
    }
  }
  throw new DataDirectoryInUse(`The data directory ${dataDir} is being taken by several servers at once. Start one.`);
}

function readOwner(path: string): { pid: number; start: string | null } | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; start: string | null };
  } catch {
    return null;
  }
}
