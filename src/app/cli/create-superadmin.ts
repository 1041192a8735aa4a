import { randomBytes } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { systemCause } from '#ports/events.js';
import { Transactions } from '#ports/tx.js';
import { Log } from '#platform/telemetry/log.js';
import { loadSettings } from '../load-settings.js';
import { ChangeUser } from '#modules/access/application/change-user.js';
import { NewPasswords } from '#modules/access/application/new-passwords.js';
import { RegisterUser } from '#modules/access/application/register-user.js';
import { Users } from '#modules/access/application/users.js';
import { isEmail, normalizeEmail } from '#modules/access/domain/user.js';
import { Application } from '../application.js';

/**
 * `npm run superadmin -- you@example.com`: makes the first superadmin of an installation, or gives an existing user that role.
 * The password is SUPERADMIN_PASSWORD, or a new one that is printed once.
 */
const email = normalizeEmail(process.argv[2] ?? '');
const origin = { address: '', caller: 'system:cli', cause: systemCause('cli') };

async function run(): Promise<string> {
  if (!isEmail(email)) throw new Error('Usage: npm run superadmin -- you@example.com');
  const settings = loadSettings('command');
  if (settings.databaseUrl === null) throw new Error('Set DATABASE_URL. The embedded demo has a superadmin already.');
  const application = await Application.create({
    settings: { ...settings, role: 'api' },
    databaseUrl: settings.databaseUrl,
    log: Log.create({ logLevel: 'error' }),
  });
  try {
    const commands = application.nest.get(CommandBus);
    const transactions = application.nest.get(Transactions);
    const existing = await application.nest.get(Users).findByEmail(email);
    if (existing) {
      const { id } = existing;
      await transactions.run((tx) => commands.execute(new ChangeUser(tx, id, { role: 'superadmin' }, origin)));
      return `${email} is a superadmin now. The password is unchanged.`;
    }
    const given = process.env['SUPERADMIN_PASSWORD'];
    const password = given ?? randomBytes(18).toString('base64url');
    const passwordHash = await application.nest.get(NewPasswords).hash(email, password, '');
    const input = { email, passwordHash, firstName: null, lastName: null, role: 'superadmin' as const };
    await transactions.run((tx) => commands.execute(new RegisterUser(tx, input, origin)));
    return given ? `${email} is a superadmin.` : `${email} is a superadmin. The password, shown once: ${password}`;
  } finally {
    await application.close();
  }
}

try {
  process.stdout.write(`${await run()}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
