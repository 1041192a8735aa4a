// `npm run sbom`: writes what the program is made of, its production dependencies, as CycloneDX (https://cyclonedx.org).
// npm lists everything in package-lock.json, and this leaves out what is for development only. npm's own `--omit dev` also
// leaves out what development packages share with the program, such as @nestjs/core. And of node_modules itself npm makes no
// list while development packages are missing, as in the image, or where node_modules is a link.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from './command-line.mjs';

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Names with versions of what production installs, as package-lock.json says, as far as it is there. */
function productionPackages(isWanted) {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev && isWanted(path))
    .map(([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`);
}

/** Leaves out other packages, and that they are depended on. npm 10 names a package once for each place that it is in. */
function keepOnly(bom, kept) {
  const isKept = (ref) => kept.has(ref) || ref === bom.metadata.component['bom-ref'];
  const once = (list, refOf) => [...new Map(list.map((one) => [refOf(one), one])).values()];
  return {
    ...bom,
    components: once(bom.components, (component) => component['bom-ref']).filter(({ 'bom-ref': ref }) => kept.has(ref)),
    dependencies: once(bom.dependencies, ({ ref }) => ref)
      .filter(({ ref }) => isKept(ref))
      .map((one) => ({ ...one, dependsOn: [...new Set(one.dependsOn.filter(isKept))] })),
  };
}

/** npm's own answer. Its messages are passed on, for they say which part of the lockfile is wrong. */
function askNpm() {
  // NODE_ENV=production would leave out development packages.
  const all = ['--include=dev', '--include=optional', '--include=peer'];
  const sbom = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only', ...all];
  const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath, ...sbom]] : ['npm', sbom];
  const { status, stdout, error } = spawnSync(...npm, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (error || status !== 0)
    fail(`npm could not write an SBOM: ${error?.message ?? 'see above'}. Does package-lock.json fit package.json?`);
  return JSON.parse(stdout);
}

const { values: options } = commandLine({
  name: 'npm run sbom',
  purpose: 'Writes what the program is made of, its production dependencies, as CycloneDX.',
  options: {
    installed: {
      type: 'boolean',
      text: 'only packages that are in node_modules, as for the image; otherwise those of every platform',
    },
    out: { type: 'string', placeholder: 'FILE', text: 'where to write it (default: sbom.json)' },
  },
});
process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
if (!existsSync('package-lock.json')) fail('There is no package-lock.json: the SBOM is made from it.');
if (options.installed && !existsSync('node_modules')) fail('Nothing is installed: run npm ci first.');
const bom = askNpm();
// npm calls it by the name of its folder.
bom.metadata.component.name = JSON.parse(readFileSync('package.json', 'utf8')).name;
const kept = productionPackages((path) => !options.installed || existsSync(join(path, 'package.json')));
const written = keepOnly(bom, new Set(kept));
const missing = kept.filter((ref) => !written.components.some((component) => component['bom-ref'] === ref));
if (missing.length > 0) fail(`npm left out of the SBOM: ${missing.join(', ')}`);
const file = options.out ?? 'sbom.json';
writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
process.stdout.write(`${file}: ${written.components.length} packages\n`);
