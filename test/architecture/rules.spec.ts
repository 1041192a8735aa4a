import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = process.cwd();
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Each rule with a violation that must be found. An architecture rule that has never been red is not a rule. */
const violations: readonly [rule: string, file: string, content: string][] = [
  ['kernel-imports-only-kernel', 'src/kernel/planted.ts', `import '#platform/outbox/wakeup.js';`],
  [
    'kernel-imports-only-kernel',
    'src/kernel/planted.ts',
    `import { Injectable } from '@nestjs/common'; export const x = Injectable;`,
  ],
  ['ports-import-only-kernel', 'src/ports/planted.ts', `import '#platform/outbox/wakeup.js';`],
  ['platform-knows-no-module', 'src/platform/http/planted.ts', `import '#modules/orders/contract.js';`],
  ['platform-knows-no-module', 'src/platform/http/planted.ts', `import '#app/settings.js';`],
  ['platform-order-database', 'src/platform/database/planted.ts', `import '../http/answer.js';`],
  ['platform-order-outbox', 'src/platform/outbox/planted.ts', `import '../egress/addresses.js';`],
  [
    'modules-are-entered-by-contract',
    'src/modules/orders/application/planted.ts',
    `import '#modules/products/application/products.js';`,
  ],
  [
    'modules-are-entered-by-contract',
    'src/modules/payments/infrastructure/planted.ts',
    `import '../../orders/infrastructure/orders.sql.js';`,
  ],
  [
    'only-module-files-know-module-files',
    'src/modules/orders/application/planted.ts',
    `import '../../products/products.module.js';`,
  ],
  [
    'module-files-know-module-files-only',
    'src/modules/orders/planted.module.ts',
    `import '../products/infrastructure/products.sql.js';`,
  ],
  ['modules-know-no-composition', 'src/modules/orders/application/planted.ts', `import '#app/settings.js';`],
  ['tier-of-access', 'src/modules/access/application/planted.ts', `import '#modules/products/contract.js';`],
  ['tier-of-balances', 'src/modules/balances/domain/planted.ts', `import '#modules/inbox/contract.js';`],
  ['tier-of-inventory', 'src/modules/inventory/domain/planted.ts', `import '#modules/products/contract.js';`],
  ['tier-of-products', 'src/modules/products/domain/planted.ts', `import '#modules/orders/contract.js';`],
  ['tier-of-orders', 'src/modules/orders/domain/planted.ts', `import '#modules/payments/contract.js';`],
  ['tier-of-payments', 'src/modules/payments/domain/planted.ts', `import '#modules/webhooks/events.js';`],
  [
    'domain-is-pure',
    'src/modules/orders/domain/planted.ts',
    `import { Injectable } from '@nestjs/common'; export const x = Injectable;`,
  ],
  ['domain-is-pure', 'src/modules/orders/domain/planted.ts', `import '../application/orders.js';`],
  [
    'application-knows-no-technology',
    'src/modules/orders/application/planted.ts',
    `import '#platform/database/statement.js';`,
  ],
  [
    'application-knows-no-technology',
    'src/modules/payments/application/planted.ts',
    `import Stripe from 'stripe'; export const x = Stripe;`,
  ],
  ['application-knows-no-technology', 'src/modules/orders/application/planted.ts', `import '../api/order.dto.js';`],
  ['api-knows-no-infrastructure', 'src/modules/orders/api/planted.ts', `import '../infrastructure/orders.sql.js';`],
  ['api-knows-no-infrastructure', 'src/modules/orders/api/planted.ts', `import '#platform/database/database.js';`],
  ['infrastructure-knows-no-api', 'src/modules/orders/infrastructure/planted.ts', `import '../api/order.dto.js';`],
  [
    'sql-is-behind-the-database',
    'src/modules/orders/infrastructure/planted.ts',
    `import pg from 'pg'; export const x = pg;`,
  ],
  ['simulators-stand-alone', 'tools/simulator/planted.ts', `import '../../src/kernel/ids.js';`],
  ['the-program-knows-no-tools', 'src/app/planted.ts', `import '../../tools/simulator/bank.js';`],
  ['every-import-resolves', 'src/app/planted.ts', `import './nowhere.js';`],
  ['no-barrels', 'src/modules/orders/domain/planted.ts', `import './index.js';`],
  ['no-circle', 'src/modules/orders/domain/planted.ts', `import './planted2.js';`],
];

/** What the cruiser needs of the repository. */
const copied = ['src', 'tools', 'migrations', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'];

describe('the rules', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'quittance-rules-'));
    for (const path of copied) cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  const cruise = (): { rules: string[]; output: string } => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'tools'],
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

  it('hold', () => {
    expect(cruise().output).toBe('');
  });

  it('take a new module for one line in the table of tiers', () => {
    const folder = join(copy, 'src/modules/gifts');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'gifts.module.ts'),
      `import { Module } from '@nestjs/common';\n\n@Module({})\nexport class GiftsModule {}\n`,
    );
    writeFileSync(join(folder, 'contract.ts'), `import '#modules/orders/contract.js';\nexport {};\n`);
    const composition = join(copy, 'src/app/app.module.ts');
    const before = readFileSync(composition, 'utf8');
    const line = `import { GiftsModule } from '#modules/gifts/gifts.module.js';\n`;
    writeFileSync(composition, `${line}${before.replace('  [10, Op', '  [8, GiftsModule],\n  [10, Op')}`);
    expect(cruise().output).toBe('');
    // And the line counts: a tier that is too low is found.
    writeFileSync(composition, `${line}${before.replace('  [10, Op', '  [5, GiftsModule],\n  [10, Op')}`);
    expect(cruise().output).toContain('tier-of-gifts: src/modules/gifts/contract.ts -> src/modules/orders/contract.ts');
    writeFileSync(composition, before);
    rmSync(folder, { recursive: true });
  });

  it('find every planted violation', () => {
    // All at once, each in a file of its own, so that one look finds them all.
    const planted = violations.map(([rule, file, content], i) => ({
      rule,
      file: file.replace('planted', `planted${i}`),
      content: content.replace('planted2', `planted${i}-back`),
    }));
    for (const { file, content } of planted) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${content}\nexport {};\n`);
    }
    const back = planted.length - 1;
    const domain = join(copy, 'src/modules/orders/domain');
    writeFileSync(join(domain, `planted${back}-back.ts`), `import './planted${back}.js';\nexport {};\n`);
    writeFileSync(join(domain, 'index.ts'), `export {};\n`);
    const { output } = cruise();
    for (const { rule, file } of planted) expect(output).toContain(`${rule}: ${file.replace(/\.ts$/, '')}`);
  });

  it('find two folders that know each other, without any circle of files', () => {
    const write = (file: string, content: string) => {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), `${content}\nexport {};\n`);
    };
    write('src/modules/orders/application/left/a.ts', `import '../right/b.js';`);
    write('src/modules/orders/application/right/b.ts', '');
    write('src/modules/orders/application/right/c.ts', `import '../left/d.js';`);
    write('src/modules/orders/application/left/d.ts', '');
    expect(cruise().output).toContain('no-circle-of-folders: src/modules/orders/application/left');
  });

  it('are not evaded by files that a newcomer would not expect', () => {
    const files = execFileSync('git', ['ls-files', 'src', 'tools'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter((file) => file !== '' && !file.includes('bench/results') && existsSync(join(root, file)));
    expect(files.filter((file) => !/^[a-z0-9/.-]+\.(ts|mjs|json)$/.test(file))).toEqual([]);
    expect(files.filter((file) => /(utils|common|helpers?|index)\.ts$/.test(file))).toEqual([]);
  });

  it('have a tier for every module', () => {
    const composition = readFileSync('src/app/app.module.ts', 'utf8');
    for (const module of readdirSync('src/modules'))
      expect(composition).toContain(`'#modules/${module}/${module}.module.js'`);
  });

  it('keep the names of modules out of platform, kernel and ports', () => {
    // `access` and `operations` are English words too: they are looked for where they name something.
    const names = readdirSync('src/modules').filter((module) => module !== 'access' && module !== 'operations');
    const pattern = new RegExp(
      `\\b(${names.join('|')}|stripe|sku|refunds?|endpoints)\\b|modules/|'operations|/operations`,
      'i',
    );
    const lines = ['platform', 'kernel', 'ports'].flatMap((layer) =>
      readdirSync(`src/${layer}`, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) =>
          readFileSync(`src/${layer}/${file}`, 'utf8')
            .split('\n')
            .map((line) => `${layer}/${file}: ${line.trim()}`),
        ),
    );
    expect(lines.length).toBeGreaterThan(2000);
    expect(lines.filter((line) => pattern.test(line))).toEqual([]);
  });
});
