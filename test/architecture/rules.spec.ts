import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = process.cwd();
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Each wall with a hole that must be found. An architecture rule that has never been red is not a rule. */
const holes: readonly [rule: string, file: string, content: string][] = [
  ['kernel-imports-only-kernel', 'src/kernel/hole.ts', `import '#platform/outbox/wakeup.js';`],
  [
    'kernel-imports-only-kernel',
    'src/kernel/hole.ts',
    `import { Injectable } from '@nestjs/common'; export const x = Injectable;`,
  ],
  ['platform-knows-no-module', 'src/platform/http/hole.ts', `import '#modules/orders/contract.js';`],
  [
    'modules-are-entered-by-contract',
    'src/orders/application/hole.ts',
    `import '#modules/products/application/products.js';`,
  ],
  [
    'modules-are-entered-by-contract',
    'src/payments/infrastructure/hole.ts',
    `import '../../orders/infrastructure/orders.sql.js';`,
  ],
  [
    'only-module-files-know-module-files',
    'src/orders/application/hole.ts',
    `import '../../products/products.module.js';`,
  ],
  ['staircase-products', 'src/products/domain/hole.ts', `import '#modules/orders/contract.js';`],
  ['staircase-orders', 'src/orders/domain/hole.ts', `import '#modules/payments/contract.js';`],
  ['staircase-payments', 'src/payments/domain/hole.ts', `import '#modules/webhooks/contract.js';`],
  ['staircase-access', 'src/access/application/hole.ts', `import '#modules/products/contract.js';`],
  [
    'domain-is-pure',
    'src/orders/domain/hole.ts',
    `import { Injectable } from '@nestjs/common'; export const x = Injectable;`,
  ],
  ['domain-is-pure', 'src/orders/domain/hole.ts', `import '../application/orders.js';`],
  ['application-knows-no-technology', 'src/orders/application/hole.ts', `import '#platform/database/statement.js';`],
  [
    'application-knows-no-technology',
    'src/payments/application/hole.ts',
    `import Stripe from 'stripe'; export const x = Stripe;`,
  ],
  ['application-knows-no-technology', 'src/orders/application/hole.ts', `import '../api/order.dto.js';`],
  ['api-knows-no-infrastructure', 'src/orders/api/hole.ts', `import '../infrastructure/orders.sql.js';`],
  ['api-knows-no-infrastructure', 'src/orders/api/hole.ts', `import '#platform/database/database.js';`],
  ['infrastructure-knows-no-api', 'src/orders/infrastructure/hole.ts', `import '../api/order.dto.js';`],
  ['sql-is-behind-the-database', 'src/orders/infrastructure/hole.ts', `import pg from 'pg'; export const x = pg;`],
  ['the-simulator-stands-alone', 'simulator/hole.ts', `import '../src/kernel/ids.js';`],
  ['no-barrels', 'src/orders/domain/hole.ts', `import './index.js';`],
  ['no-circle', 'src/orders/domain/hole.ts', `import './hole2.js';`],
];

describe('the walls', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'quittance-walls-'));
    for (const path of ['src', 'simulator', 'migrations', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
      cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const cruise = (): { rules: string[]; output: string } => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'simulator'],
      {
        cwd: copy,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    if (!stdout) throw new Error(stderr);
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
    return {
      rules: summary.violations.map((violation) => violation.rule.name),
      output: summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`).join('\n'),
    };
  };

  it('stand', () => {
    expect(cruise().output).toBe('');
  });

  it('have no hole that goes unnoticed', () => {
    // All holes at once, each in a file of its own, so that one look finds them all.
    const planted = holes.map(([rule, file, content], i) => ({
      rule,
      file: file.replace('hole', `hole${i}`),
      content: content.replace('hole2', `hole${i}-back`),
    }));
    for (const { file, content } of planted) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${content}\nexport {};\n`);
    }
    const back = planted.length - 1;
    writeFileSync(join(copy, `src/orders/domain/hole${back}-back.ts`), `import './hole${back}.js';\nexport {};\n`);
    writeFileSync(join(copy, 'src/orders/domain/index.ts'), `export {};\n`);
    const { output } = cruise();
    for (const { rule, file } of planted) expect(output).toContain(`${rule}: ${file.replace(/\.ts$/, '')}`);
  });

  it('are not climbed through files that a newcomer would not expect', () => {
    const files = execFileSync('git', ['ls-files', 'src', 'simulator'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    expect(files.filter((file) => !/^[a-z0-9/.-]+\.ts$/.test(file))).toEqual([]);
    expect(files.filter((file) => /(utils|common|helpers?|index)\.ts$/.test(file))).toEqual([]);
  });
});
