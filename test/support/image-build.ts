import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as dockerfile from './dockerfile.js';
import type { CommandLine, Instruction, Stage } from './dockerfile.js';

/** What the last stage of a Dockerfile says, with its files in a folder. */
export interface Image {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly command: CommandLine;
  readonly healthcheck: CommandLine;
}

/** No registry answers, and npm's cache does not have everything. */
export class RegistryUnreachable extends Error {}

interface Built {
  readonly root: string;
  workdir: string;
  env: Record<string, string>;
  user: string | null;
  command: CommandLine | null;
  healthcheck: CommandLine | null;
}

const RUN_TIMEOUT_MS = 240_000;

/** Does what the Dockerfile in the working directory says, each stage in a folder of its own. */
export async function buildImage(directory: string): Promise<Image> {
  const context = join(directory, 'context');
  copyContext(context);
  const stages = new Map<string, Built>();
  let last: Built | null = null;
  for (const [i, stage] of dockerfile.readDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8')).entries()) {
    last = await buildStage(stage, join(directory, `stage-${i}`), context, stages);
    stages.set(stage.name ?? String(i), last);
  }
  const { command, healthcheck } = last!;
  if (!command || !healthcheck) throw new Error('The last stage of the Dockerfile has no CMD or no HEALTHCHECK.');
  return { ...last!, command, healthcheck };
}

/**
 * What `docker build` is sent of a clean checkout: the files that git does not ignore, as they are now, without those that
 * .dockerignore names. Where there is no git, everything that .dockerignore leaves.
 */
function copyContext(target: string): void {
  const ignored = dockerfile.readDockerignore(readFileSync('.dockerignore', 'utf8'));
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { status, stdout } = spawnSync('git', list, { encoding: 'utf8', maxBuffer: 64 << 20 });
  const listed = status === 0 ? stdout.split('\0').filter(Boolean) : [];
  for (const name of listed.length > 0 ? listed : readdirSync('.'))
    if (!ignored.includes(name.split('/')[0]!) && existsSync(name))
      cpSync(name, join(target, name), { recursive: true });
}

async function buildStage(stage: Stage, root: string, context: string, stages: Map<string, Built>): Promise<Built> {
  const base = stages.get(stage.base);
  if (base) cpSync(base.root, root, { recursive: true, verbatimSymlinks: true });
  else if (/^node:\d+/.test(stage.base)) mkdirSync(root, { recursive: true });
  else throw new Error(`The test of the image runs with Node alone, not with ${stage.base}.`);
  const none = { workdir: '/', env: {}, user: null, command: null, healthcheck: null };
  const built: Built = { ...(base ?? none), root };
  for (const instruction of stage.instructions) await follow(instruction, built, context, stages);
  return built;
}

async function follow(instruction: Instruction, built: Built, context: string, stages: Map<string, Built>) {
  switch (instruction.name) {
    case 'WORKDIR':
      built.workdir = resolve(built.workdir, dockerfile.plainWords(instruction).join(' '));
      mkdirSync(join(built.root, built.workdir), { recursive: true });
      return;
    case 'COPY': {
      const { from, sources, target } = dockerfile.readCopy(instruction);
      const other = from === null ? null : stages.get(from);
      if (other === undefined) throw new Error(`The Dockerfile has no stage "${from}" above COPY ${instruction.text}.`);
      return copy(other?.root ?? context, sources, built, target, other === null ? copyFileSync : linkSync);
    }
    case 'RUN':
      return run(instruction.text, built);
    case 'ENV':
      built.env = { ...built.env, ...dockerfile.readEnv(instruction) };
      return;
    case 'USER':
      built.user = instruction.text;
      return;
    case 'CMD':
      built.command = dockerfile.readCommand(instruction.text);
      return;
    case 'HEALTHCHECK':
      built.healthcheck = dockerfile.readHealthcheck(instruction);
      return;
    case 'EXPOSE': // says something to readers, and changes nothing
      return;
    default:
      throw new Error(`The test of the image does not know ${instruction.name}.`);
  }
}

type CopyFile = (from: string, to: string) => void;

/**
 * As Docker copies: of a folder its contents; a file into a folder that is there or ends with a slash.
 * @param copyFile between stages a link is enough, and saves some seconds
 */
function copy(from: string, sources: readonly string[], built: Built, target: string, copyFile: CopyFile): void {
  const to = join(built.root, resolve(built.workdir, target));
  const isFolder = target.endsWith('/') || sources.length > 1 || (existsSync(to) && statSync(to).isDirectory());
  for (const source of sources) {
    const path = join(from, source);
    copyTree(path, isFolder && !statSync(path).isDirectory() ? join(to, basename(path)) : to, copyFile);
  }
}

function copyTree(from: string, to: string, copyFile: CopyFile): void {
  const kind = lstatSync(from);
  if (kind.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if (kind.isDirectory()) {
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) copyTree(join(from, name), join(to, name), copyFile);
  } else copyFile(from, to);
}

/** Runs a line of the Dockerfile by sh, with npm's cache before the registry. @throws RegistryUnreachable */
async function run(line: string, { root, workdir, env }: Built): Promise<void> {
  if (line.startsWith('[') || line.startsWith('--') || line.includes('<<'))
    throw new Error(`The test of the image does not know how to do this: RUN ${line}`);
  const child = spawn('sh', ['-c', line], {
    cwd: join(root, workdir),
    env: { ...surroundings(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_TIMEOUT_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  if (code === 0) return;
  const said = output
    .split('\n')
    .filter((one) => !one.startsWith('npm warn'))
    .slice(-30)
    .join('\n');
  const isNetwork = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.test(output);
  if (isNetwork) throw new RegistryUnreachable(`no registry answers "${line}"`);
  throw new Error(`The Dockerfile's line failed with ${code}: RUN ${line}\n${said}`);
}

/** The environment without what Jest and npm set for this run, which a container does not have. */
function surroundings(): Record<string, string | undefined> {
  const foreign = /^(NODE_(?!EXTRA_CA_CERTS$)|JEST_|TEST_|INIT_CWD$|npm_(?!config_)|npm_config_local_prefix$)/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
    // Whether a registry answers is known soon.
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '2000',
  };
}
