import { spawn } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Lifetime } from '#platform/command-line/lifetime.js';
import { makeDirectory, openPool } from './database.js';
import { startChild, startProgram } from './program.js';
import type { BenchShop } from './shop.js';

export const VENDURE = '3.7.3';
const PACKAGES = [`@vendure/core@${VENDURE}`, 'pg@8.23.1'];
export const VARIANTS = 1_000;
const DATABASE = 'quittance_bench_vendure';

interface Installed {
  /** The folder; null when npm could not install it. */
  readonly folder: string | null;
  readonly reason: string;
}

/** Installs Vendure in a folder of its own, which is gone at the end. Nothing of it comes into this repository. */
export async function installVendure(lifetime: Lifetime): Promise<Installed> {
  const folder = makeDirectory(lifetime);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const npm = process.env['npm_execpath'];
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=1',
    ...PACKAGES,
  ];
  const child = await lifetime.start(
    () =>
      spawn(npm ? process.execPath : 'npm', npm ? [npm, ...args] : args, {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
        shell: !npm && process.platform === 'win32',
      }),
    (installing) => {
      if (installing.exitCode !== null || !installing.kill()) return;
      return new Promise((resolve) => installing.once('exit', resolve));
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => ((said += error.message), resolve(1)));
    child.once('close', resolve);
  });
  if (code !== 0) return { folder: null, reason: said.trim().split('\n')[0]! };
  copyFileSync(join(process.cwd(), 'tools/bench/vendure/server.mjs'), join(folder, 'server.mjs'));
  return { folder, reason: '' };
}

/** Vendure on a database of its own in the same server, with its client: a shop as the bench knows it. */
export async function openVendure(shop: BenchShop, folder: string): Promise<BenchShop> {
  const { lifetime } = shop;
  const url = new URL(shop.databaseUrl);
  url.pathname = `/${DATABASE}`;
  const databaseUrl = url.href;
  await shop.pool.query(`CREATE DATABASE ${DATABASE}`);
  lifetime.onEnd(() => shop.pool.query(`DROP DATABASE ${DATABASE} WITH (FORCE)`));
  const program = await startProgram(lifetime, databaseUrl, {
    entry: pathToFileURL(join(folder, 'server.mjs')).href,
    env: { NODE_ENV: 'production', VARIANTS: String(VARIANTS), VENDURE_DISABLE_TELEMETRY: 'true' },
  });
  const pool = openPool(lifetime, databaseUrl);
  if (shop.hasStatements) await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const idsOf = async (table: string) => {
    const { rows } = await pool.query<{ id: number }>(`SELECT id FROM ${table}`);
    return rows.map(({ id }) => String(id));
  };
  const spread = await idsOf('product_variant');
  const [BENCH_SHIPPING_METHOD] = await idsOf('shipping_method');
  const client = startChild(lifetime, './vendure-load.js', { BENCH_SHIPPING_METHOD: BENCH_SHIPPING_METHOD! });
  return { ...shop, databaseUrl, pool, program, client, products: { ...shop.products, spread } };
}
