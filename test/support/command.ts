import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = process.cwd();

export const newDirectory = () => mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'command line '));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A command of ours in a process of its own, in an empty directory where it is not told otherwise. */
export class Command {
  stdout = '';
  stderr = '';
  /** Where its data goes when nothing else is set; it does not exist at first. */
  readonly dataDir = join(newDirectory(), 'data');
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(
    file: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
    readonly directory = newDirectory(),
  ) {
    this.child = spawn(process.execPath, [join(root, file), ...args], {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: this.dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code) => resolve({ code, stdout: this.stdout, stderr: this.stderr })),
    );
  }

  says(pattern: RegExp): Promise<void> {
    return this.until(() => pattern.test(this.stdout));
  }

  async until(isSo: () => boolean): Promise<void> {
    for (const deadline = Date.now() + 30_000; !isSo();) {
      if (Date.now() > deadline || this.child.exitCode !== null)
        throw new Error(`It did not come to that:\n${this.stdout}${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** Processes that have the directory on their command line or in their environment; none where there is no /proc. */
export function processesWith(directory: string): string[] {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const pids = process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids
    .map((pid) => ({ command: read(`/proc/${pid}/cmdline`), env: read(`/proc/${pid}/environ`) }))
    .filter(({ command, env }) => `${command}\0${env}`.includes(directory))
    .map(({ command }) => command.replaceAll('\0', ' '));
}
