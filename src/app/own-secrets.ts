import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDataDirectory } from '#platform/database/data-directory.js';
import { SettingsReader } from '#platform/settings/settings-reader.js';
import { notForDemo } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;

const FILE = 'secrets.json';
const newSecret = () => randomBytes(36).toString('base64url');
const newSigningSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

const makers: Readonly<Record<string, () => string>> = {
  JWT_SECRET: newSecret,
  DATA_KEY: newSecret,
  STRIPE_WEBHOOK_SECRET: newSigningSecret,
  PAYMENT_WEBHOOK_SECRET: newSecret,
  WEBHOOK_SIGNING_SECRET: newSigningSecret,
};

/**
 * Outside the demo one process with ROLE=all has secrets of its own without being given any: they are made at its first
 * start and kept in DATA_DIR, readable by its user only. What the environment sets wins. Production, and processes that
 * share a database, must be given theirs: a secret that each process makes for itself would be believed by none of the others.
 * @param areKept whether new ones are written; commands that end at once only read
 * @returns the environment with those secrets
 */
export function withOwnSecrets(env: Environment, areKept: boolean): Environment {
  const reader = new SettingsReader(env, notForDemo);
  if (reader.isDemo || reader.isProduction || (reader.text('ROLE') ?? 'all') !== 'all') return env;
  const directory = resolve(reader.text('DATA_DIR') ?? '.data');
  const file = join(directory, FILE);
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  const secrets = Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, kept[name] ?? make()]));
  if (areKept && Object.keys(makers).some((name) => kept[name] === undefined)) {
    makeDataDirectory(directory);
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  // Stripe's secret is Stripe's: without it no message of theirs can be believed, and one of ours would only hide that.
  if (reader.text('STRIPE_SECRET_KEY') !== null) delete secrets['STRIPE_WEBHOOK_SECRET'];
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  return { ...env, ...secrets, ...given };
}
