import { existsSync } from 'node:fs';
import { withOwnSecrets } from './own-secrets.js';
import { readSettings, type AppSettings } from './settings.js';

/**
 * The settings of this process: its environment, and where that says nothing `.env` in the working directory and the
 * secrets that the data directory keeps.
 * @param kind a server keeps the secrets that it makes, a command only reads them @throws BadSettings
 */
export function loadSettings(kind: 'server' | 'command'): AppSettings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return readSettings(withOwnSecrets(process.env, kind === 'server'));
}
