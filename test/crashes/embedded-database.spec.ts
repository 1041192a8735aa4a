import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { call, ServerProcess } from '../support/server-process.js';
import { isReady, saysOfDatabase } from './readiness.js';

const newDirectory = () => mkdtempSync(join(process.env['TEST_DIRECTORY']!, 'scarce-'));

const started: ServerProcess[] = [];
const serve = async (env: Record<string, string>, limits?: string) => {
  const server = await ServerProcess.ready(env, limits);
  started.push(server);
  return server;
};
// What a failed test has left behind; a program that still runs would start its database again and again.
afterEach(() => Promise.all(started.splice(0).map((server) => server.kill('SIGTERM'))));

const unmounting: string[] = [];
afterEach(() => unmounting.splice(0).forEach((disk) => spawnSync('umount', ['-l', disk])));
const mount = (disk: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,mode=0777', 'tmpfs', disk]).status === 0;

function mayMount(): boolean {
  const probe = newDirectory();
  const isMounted = process.getuid?.() === 0 && mount(probe);
  if (isMounted) spawnSync('umount', ['-l', probe]);
  return isMounted;
}

describe('the embedded database', () => {
  const place = (url: string, productId: string, key: string) =>
    call(url, 'POST', '/orders', { items: [{ productId, quantity: 1 }] }, key);
  const product = async (url: string) =>
    (await call(url, 'POST', '/products', { name: 'Mug', price: 1000, currency: 'USD', stock: 100_000 }))!.body as {
      id: string;
    };

  it('is started again when it is killed, on the same port, while the program waits', async () => {
    const dataDir = newDirectory();
    const server = await serve({ DATA_DIR: dataDir });
    const mug = await product(server.url);
    expect((await place(server.url, mug.id, 'before'))!.status).toBe(201);
    const postmaster = () => Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
    const first = postmaster();
    process.kill(first, 'SIGKILL');
    const answer = await place(server.url, mug.id, 'after');
    expect([201, 503]).toContain(answer!.status);
    await isReady(server.url);
    expect(postmaster()).not.toBe(first);
    expect((await place(server.url, mug.id, 'after'))!.status).toBe(201);
    expect((await place(server.url, mug.id, 'before'))!.headers.get('idempotent-replayed')).toBe('true');
    expect((await call(server.url, 'GET', `/products/${mug.id}`))!.body.stock).toBe(99_998);
    expect(server.output).toContain('it is started again');
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(() => process.kill(first, 0)).toThrow();
  }, 60_000);

  // A disk of its own can be made only by who may mount one; elsewhere the test above says what the database would.
  (mayMount() ? it : it.skip)(
    'on a disk that is really full: 503 until there is room again, and not an order is lost',
    async () => {
      const disk = newDirectory();
      mount(disk);
      unmounting.push(disk);
      const server = await serve({ DATA_DIR: join(disk, 'data') });
      const mug = await product(server.url);
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 512 * 1024));
      const placed: string[] = [];
      const refused: string[] = [];
      for (let n = 0; refused.length < 40 && n < 20_000; n += 20) {
        await Promise.all(
          Array.from({ length: 20 }, async (_, i) => {
            const key = `full-${n + i}`;
            const answer = await place(server.url, mug.id, key);
            if (answer?.status === 201) placed.push(key);
            else {
              if (answer?.status !== 503) await new Promise((resolve) => setTimeout(resolve, 500));
              if (answer?.status !== 503) throw new Error(`${JSON.stringify(answer)} ${server.output}`);
              refused.push(key);
            }
          }),
        );
      }
      expect(refused.length).toBeGreaterThanOrEqual(40);
      expect(await saysOfDatabase(server.url)).toMatchObject({ ok: false });
      rmSync(join(disk, 'filler'));
      await isReady(server.url, 60_000);
      for (const key of refused) expect((await place(server.url, mug.id, key))!.status).toBe(201);
      for (const key of placed.slice(-50))
        expect((await place(server.url, mug.id, key))!.headers.get('idempotent-replayed')).toBe('true');
      expect((await call(server.url, 'GET', `/products/${mug.id}`))!.body.stock).toBe(
        100_000 - placed.length - refused.length,
      );
      expect((await call(server.url, 'GET', '/operations/integrity'))!.body.ok).toBe(true);
      expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    },
    180_000,
  );
});
