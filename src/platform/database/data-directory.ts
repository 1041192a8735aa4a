import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class DataDirectoryFailed extends Error {}

export class DataDirectoryInUse extends DataDirectoryFailed {}

/**
 * Makes the directory when there is none, for its user only. The server that root starts runs as another user, which passes
 * through. @throws DataDirectoryFailed where that is impossible, such as below a file
 */
export function makeDataDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'it is a file, or below one' : message;
    throw new DataDirectoryFailed(`The data directory ${dataDir} cannot be used: ${reason}. Set DATA_DIR.`);
  }
}

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
 * process, even one whose pid was given to another process, does not keep the next start out.
 * @throws DataDirectoryInUse when a living process owns the directory
 */
export async function lockDataDirectory(dataDir: string): Promise<() => void> {
  makeDataDirectory(dataDir);
  const path = join(dataDir, 'server.lock');
  const mine = JSON.stringify({ pid: process.pid, start: startOf(process.pid), nonce: randomUUID() });
  for (let tries = 0; tries < 10; tries++) {
    if (takeLock(path, mine) && (await isStillMine(path, mine))) {
      return () => {
        if (readText(path) === mine) rmSync(path, { force: true });
      };
    }
    const found = readText(path);
    if (found === null || found === mine) continue;
    const owner = parseOwner(found);
    if (owner && isAlive(owner.pid) && (owner.start === null || startOf(owner.pid) === owner.start)) {
      throw new DataDirectoryInUse(
        `Another server (process ${owner.pid}) is using the data directory ${dataDir}. Stop it, or set DATA_DIR to another directory.`,
      );
    }
    clearStale(path, found);
  }
  throw new DataDirectoryInUse(`The data directory ${dataDir} is being taken by several servers at once. Start one.`);
}

/** Appears complete or not at all: written aside, then linked into place, which fails when there is a lock already. */
function takeLock(path: string, content: string): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A process that judged the stale lock before us may have moved ours away by mistake; it puts it back within this moment. */
async function isStillMine(path: string, mine: string): Promise<boolean> {
  await sleep(30);
  return readText(path) === mine;
}

/** Moves a lock aside that was judged stale. What is moved may be a fresh one by now: then it goes back where it was. */
function clearStale(path: string, judged: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readText(aside) !== judged) linkSync(aside, path);
  } catch {
    // another process was faster
  }
  rmSync(aside, { force: true });
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function parseOwner(text: string): { pid: number; start: string | null } | null {
  try {
    return JSON.parse(text) as { pid: number; start: string | null };
  } catch {
    return null;
  }
}
