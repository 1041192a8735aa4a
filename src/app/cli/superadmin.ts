import { randomBytes } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { WRONG_USAGE } from '#platform/command-line/command-line.js';
import { type Lifetime } from '#platform/command-line/lifetime.js';
import { Log } from '#platform/telemetry/log.js';
import { systemCause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { ChangeUser } from '#modules/access/application/change-user.js';
import { NewPasswords } from '#modules/access/application/new-passwords.js';
import { RegisterUser } from '#modules/access/application/register-user.js';
import { Users } from '#modules/access/application/users.js';
import { ListedPasswords } from '#modules/access/infrastructure/listed-passwords.js';
import { isEmail, normalizeEmail } from '#kernel/email.js';
import { passwordFault, passwordFaults } from '#modules/access/domain/user.js';
import { Application } from '../application.js';
import { loadSettings } from '../load-settings.js';
import type { AppSettings } from '../settings.js';

const origin = { address: '', caller: 'system:cli', cause: systemCause('cli') };

/** @returns the exit code */
export async function createSuperadmin(given: string, lifetime: Lifetime): Promise<number> {
  const email = normalizeEmail(given);
  const password = process.env['SUPERADMIN_PASSWORD'] || null;
  const settings = loadSettings('command');
  const fault = await faultOf(email, password, settings);
  if (fault !== null) {
    process.stderr.write(`${fault} See npm run superadmin -- --help\n`);
    return WRONG_USAGE;
  }
  process.stdout.write(`${await create(email, password, settings, lifetime)}\n`);
  return 0;
}

/** Known before the database is asked. */
async function faultOf(email: string, password: string | null, { databaseUrl }: AppSettings): Promise<string | null> {
  if (!isEmail(email)) return 'EMAIL must be an email address such as you@example.com.';
  const common = await new ListedPasswords().all();
  const fault = password === null ? null : passwordFault(password, email, (text) => common.has(text));
  if (fault) return `SUPERADMIN_PASSWORD is not taken: ${passwordFaults[fault]}.`;
  return databaseUrl === null ? 'Set DATABASE_URL; the embedded demo has a superadmin already.' : null;
}

async function create(email: string, given: string | null, settings: AppSettings, lifetime: Lifetime): Promise<string> {
  const application = await lifetime.start(
    () =>
      Application.create({
        settings: { ...settings, role: 'api' },
        databaseUrl: settings.databaseUrl!,
        log: Log.create({ logLevel: 'error' }),
      }),
    (created) => created.close(),
  );
  const commands = application.nest.get(CommandBus);
  const transactions = application.nest.get(Transactions);
  const existing = await application.nest.get(Users).findByEmail(email);
  if (existing) {
    const { id } = existing;
    await transactions.run((tx) => commands.execute(new ChangeUser(tx, id, { role: 'superadmin' }, origin)));
    return `${email} is a superadmin now. The password is unchanged.`;
  }
  const password = given ?? randomBytes(18).toString('base64url');
  const passwordHash = await application.nest.get(NewPasswords).hash(email, password, '');
  const input = { email, passwordHash, firstName: null, lastName: null, role: 'superadmin' as const };
  await transactions.run((tx) => commands.execute(new RegisterUser(tx, input, origin)));
  return given ? `${email} is a superadmin.` : `${email} is a superadmin. The password, shown once: ${password}`;
}
