import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';

const directory = mkdtempSync(join(tmpdir(), 'quittance-supply-'));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function runScript(name: string, args: string[] = [], env: Record<string, string> = {}): Promise<Ended> {
  const { npm_execpath: _npm, ...outer } = process.env;
  const child = spawn(process.execPath, [`tools/scripts/${name}.mjs`, ...args], {
    env: { ...outer, npm_config_cache: join(directory, 'cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { code: await new Promise((resolve) => child.once('close', resolve)), output };
}

describe('npm run audit', () => {
  const asked: string[] = [];

  /** A registry that knows advisories, or answers the audit with a status only. */
  async function audit(answer: object | number, ...args: string[]): Promise<Ended> {
    const registry = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        if (request.method !== 'POST') return response.writeHead(404).end('{}');
        asked.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
        if (typeof answer === 'number') return response.writeHead(answer).end();
        return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const { port } = registry.address() as { port: number };
    const npm_config_registry = `http://127.0.0.1:${port}/`;
    try {
      // npm remembers advisories.
      return await runScript('audit', args, {
        npm_config_registry,
        npm_config_cache: mkdtempSync(join(directory, 'c-')),
      });
    } finally {
      registry.closeAllConnections();
      registry.close();
    }
  }

  const advisory = (severity: string) => ({
    stripe: [
      { id: 1, url: 'https://advisories.example/1', title: 'It leaks', severity, vulnerable_versions: '>=1.0.0' },
    ],
  });

  it('prints what is known, one line each, and fails for what is serious', async () => {
    const high = await audit(advisory('high'));
    expect(high.output).toContain('high  stripe >=1.0.0  It leaks  https://advisories.example/1\n');
    expect(high.code).toBe(1);
    // Asked for what the program needs, also where a development package needs it too, and for nothing else.
    const packages = Object.keys(JSON.parse(asked[0]!));
    expect(packages).toEqual(expect.arrayContaining(['@nestjs/core', 'stripe', 'pg-protocol']));
    expect(packages).not.toContain('jest');
    const low = await audit(advisory('moderate'));
    expect(low.output).toContain('moderate  stripe');
    expect(low.code).toBe(0);
    expect(await audit({})).toEqual({
      code: 0,
      output: 'No known vulnerabilities in the production dependencies.\n',
    });
  }, 60_000);

  it('says in one line when the registry does not answer, which is an error only if it is required', async () => {
    const output = 'not checked: the registry answers the audit with 405\n';
    expect(await audit(405)).toEqual({ code: 0, output });
    expect(await audit(405, '--required')).toEqual({ code: 2, output });
    const gone = await runScript('audit', [], { npm_config_registry: 'http://127.0.0.1:1/' });
    expect(gone).toEqual({ code: 0, output: 'not checked: the registry cannot be reached (ECONNREFUSED)\n' });
  }, 60_000);
});

describe('npm run sbom', () => {
  it('lists every production dependency, also one that a development package needs too', async () => {
    const out = join(directory, 'sbom.json');
    expect((await runScript('sbom', ['--out', out], { NODE_ENV: 'production' })).code).toBe(0);
    const sbom = JSON.parse(readFileSync(out, 'utf8'));
    expect([sbom.bomFormat, sbom.metadata.component.name]).toEqual(['CycloneDX', 'quittance']);
    const names = sbom.components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies)),
    );
    expect(names).not.toContain('jest');
    const refs = new Set([
      sbom.metadata.component['bom-ref'],
      ...sbom.components.map((c: { 'bom-ref': string }) => c['bom-ref']),
    ]);
    for (const { dependsOn } of sbom.dependencies) for (const ref of dependsOn) expect(refs).toContain(ref);
  }, 30_000);
});
