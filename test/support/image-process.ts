import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import type { CommandLine } from './dockerfile.js';
import type { Image } from './image-build.js';

/** The user "nobody", as whom the image runs where this test is root; anyone else runs it as themselves. */
const unprivileged = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** Takes away every right to write, and lets the unprivileged user read. */
export function makeReadOnly(image: Image): void {
  const { status, stderr } = spawnSync('chmod', ['-R', 'a-w,a+rX', image.root], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The tree of the image could not be made read-only: ${stderr}`);
}

/** A folder with a `node` that the unprivileged user may run: what they call so may lie in someone's home directory. */
export function nodeFolder(directory: string): string {
  if (spawnSync(process.execPath, ['--version'], { ...unprivileged, cwd: '/' }).status === 0)
    return dirname(process.execPath);
  const folder = join(directory, 'bin');
  mkdirSync(folder);
  copyFileSync(process.execPath, join(folder, 'node'));
  chmodSync(join(folder, 'node'), 0o755);
  return folder;
}

/** A program of the image, in its folder and with its variables, as a user who may write nothing there. */
export class ImageProcess {
  output = '';
  private readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(image: Image, command: CommandLine, bin: string, env: Record<string, string>) {
    const [file, ...args] = 'words' in command ? command.words : ['sh', '-c', command.shell];
    const path = [bin, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);
    this.child = spawn(file!, args, {
      ...unprivileged,
      cwd: join(image.root, image.workdir),
      env: { PATH: path, ...image.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.ended;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
