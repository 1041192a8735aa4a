/**
 * The rules of the architecture (docs/architecture.md, "Rules"). Each has a planted violation in
 * test/architecture/rules.spec.ts that must turn it red.
 */
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** The one table of tiers is in src/app/app.module.ts: `[tier, XModule]`, with the import that says which folder it is. */
const composition = readFileSync(join(__dirname, 'src/app/app.module.ts'), 'utf8');
const folders = new Map(
  [...composition.matchAll(/import \{ (\w+) \} from '#modules\/([a-z-]+)\//g)].map(([, name, folder]) => [
    name,
    folder,
  ]),
);
const tiers = [...composition.matchAll(/\[(\d+), (\w+Module)\]/g)].map(([, tier, name]) => ({
  name: folders.get(name),
  tier: Number(tier),
}));

const own = '^src/modules/$1/';
const doors = '^src/modules/[^/]+/(contract|events)\\.ts$';

/** A module knows modules of lower tiers only. */
const tierRules = tiers.map(({ name, tier }) => ({
  name: `tier-of-${name}`,
  severity: 'error',
  from: { path: `^src/modules/${name}/` },
  to: {
    path: `^src/modules/(${[...tiers.filter((other) => other.name !== name && other.tier >= tier).map((other) => other.name), '-none-'].join('|')})/`,
  },
}));

/** Platform folders, lowest first: each knows those before it. */
const platform = [
  'command-line',
  'settings',
  'telemetry',
  'database',
  'sealing',
  'counters',
  'events',
  'outbox',
  'idempotency',
  'egress',
  'http',
  'health',
];
const platformRules = platform.map((name, i) => ({
  name: `platform-order-${name}`,
  severity: 'error',
  from: { path: `^src/platform/${name}/` },
  to: { path: `^src/platform/(${[...platform.slice(i + 1), '-none-'].join('|')})/` },
}));

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-circle-of-folders', severity: 'error', scope: 'folder', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-only-kernel',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { pathNot: '^src/kernel/' },
    },
    {
      name: 'ports-import-only-kernel',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(kernel|ports)/' },
    },
    {
      name: 'platform-knows-no-module',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(modules|app)/' },
    },
    ...platformRules,
    {
      name: 'modules-are-entered-by-contract',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/', pathNot: '\\.module\\.ts$' },
      to: { path: '^src/modules/', pathNot: [own, doors] },
    },
    {
      name: 'only-module-files-know-module-files',
      severity: 'error',
      from: { path: '^src/(modules|platform|ports|kernel)/', pathNot: '\\.module\\.ts$' },
      to: { path: '\\.module\\.ts$' },
    },
    {
      name: 'module-files-know-module-files-only',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/[^/]+\\.module\\.ts$' },
      to: { path: '^src/modules/', pathNot: [own, '\\.module\\.ts$', doors] },
    },
    {
      name: 'modules-know-no-composition',
      severity: 'error',
      from: { path: '^src/modules/' },
      to: { path: '^src/app/' },
    },
    ...tierRules,
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/domain/' },
      to: {
        pathNot: [
          '^src/kernel/',
          '^src/ports/(events|caller|consumers)\\.ts$', // types only
          '^src/modules/$1/(domain/|contract\\.ts$|events\\.ts$)',
          doors,
          '^(node:)?crypto$',
        ],
      },
    },
    {
      name: 'application-knows-no-technology',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/application/' },
      to: {
        pathNot: [
          '^src/(kernel|ports)/',
          '^src/modules/$1/(domain/|application/|(contract|events|settings|metrics|scopes)\\.ts$)',
          doors,
          '^node_modules/@nestjs/(common|cqrs)/',
          '^(node:)?crypto$',
        ],
      },
    },
    {
      name: 'api-knows-no-infrastructure',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/api/' },
      to: {
        path: ['^src/modules/[^/]+/infrastructure/', '^src/platform/(database|outbox|events|idempotency|egress)/'],
      },
    },
    {
      name: 'infrastructure-knows-no-api',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/infrastructure/' },
      to: { path: '^src/modules/[^/]+/api/' },
    },
    {
      name: 'sql-is-behind-the-database',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/platform/(database/|platform\\.module\\.ts$)|\\.entity\\.ts$|/infrastructure/typeorm-[a-z-]+\\.ts$|^src/app/application\\.ts$',
      },
      to: { path: '^node_modules/(pg|typeorm)/' },
    },
    {
      name: 'simulators-stand-alone',
      severity: 'error',
      from: { path: '^tools/(simulator|balance-service|webhook-catcher)/' },
      to: {
        path: '^(src|migrations|tools/(bench|torture|scripts))/',
        pathNot: '^src/platform/command-line/', // how a command is used, and nothing of the shop
      },
    },
    { name: 'the-program-knows-no-tools', severity: 'error', from: { path: '^src/' }, to: { path: '^(tools|test)/' } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*/index\\.ts$' } },
    {
      name: 'every-import-resolves',
      severity: 'error',
      from: { path: '^(src|tools)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
