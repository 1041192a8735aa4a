/**
 * The walls of the house (docs/decisions/0001-the-house.md). Each rule has a planted violation in
 * test/architecture/rules.spec.ts that must turn it red.
 */
const modules = ['access', 'products', 'balances', 'orders', 'payments', 'webhooks', 'operations'];
/** Which modules may know which; everything else is an arrow up, or sideways. */
const below = {
  access: [],
  products: ['access'],
  balances: ['access'],
  orders: ['products', 'balances', 'access'],
  payments: ['orders', 'products', 'balances', 'access'],
  webhooks: ['payments', 'orders', 'products', 'balances', 'access'],
  operations: ['webhooks', 'payments', 'orders', 'products', 'balances', 'access'],
};
const any = `(${modules.join('|')})`;

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'kernel-imports-only-kernel',
      severity: 'error',
      from: { path: '^src/kernel/' },
      to: { pathNot: '^src/kernel/' },
    },
    {
      name: 'platform-knows-no-module',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: `^src/(${any}/|[^/]+\\.ts$)` },
    },
    {
      name: 'modules-are-entered-by-contract',
      severity: 'error',
      from: { path: `^src/${any}/` },
      to: { path: `^src/${any}/`, pathNot: `^src/($1/|${any}/(contract|[a-z]+\\.module)\\.ts$)` },
    },
    {
      name: 'only-module-files-know-module-files',
      severity: 'error',
      from: { path: `^src/${any}/`, pathNot: '\\.module\\.ts$' },
      to: { path: '\\.module\\.ts$' },
    },
    ...modules.map((name) => ({
      name: `staircase-${name}`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: {
        path: `^src/(${modules.filter((other) => other !== name && !below[name].includes(other)).join('|') || 'nothing'})/`,
      },
    })),
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: `^src/${any}/domain/` },
      to: {
        pathNot: [
          `^src/kernel/`,
          `^src/$1/(domain/|contract\\.ts$)`,
          `^src/${any}/contract\\.ts$`,
          '^crypto$',
          '^node:crypto$',
        ],
      },
    },
    {
      name: 'application-knows-no-technology',
      severity: 'error',
      from: { path: `^src/${any}/application/` },
      to: {
        pathNot: [
          '^src/kernel/',
          `^src/$1/(domain|application)/`,
          `^src/${any}/contract\\.ts$`,
          '^node_modules/@nestjs/(common|cqrs)/',
          '^(node:)?crypto$',
        ],
      },
    },
    {
      name: 'api-knows-no-infrastructure',
      severity: 'error',
      from: { path: `^src/${any}/api/` },
      to: { path: [`^src/${any}/infrastructure/`, '^src/platform/(database|outbox|events|receipts)/'] },
    },
    {
      name: 'infrastructure-knows-no-api',
      severity: 'error',
      from: { path: `^src/${any}/infrastructure/` },
      to: { path: `^src/${any}/api/` },
    },
    {
      name: 'sql-is-behind-the-database',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/database/' },
      to: { path: '^node_modules/(pg|typeorm)/' },
    },
    {
      name: 'the-simulator-stands-alone',
      severity: 'error',
      from: { path: '^(simulator|balance-service|catcher)/' },
      to: { path: '^(src|migrations)/' },
    },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*/index\\.ts$' } },
    {
      name: 'every-import-resolves',
      severity: 'error',
      from: { path: '^(src|simulator|balance-service|catcher)/' },
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
