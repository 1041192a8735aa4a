import { withOwnSecrets } from './own-secrets.js';
import { readSettings, type AppSettings } from './settings.js';

/**
 * The settings of this process: its environment, and where that says nothing the secrets that the data directory keeps.
 * @param kind a server keeps the secrets that it makes, a command only reads them @throws BadSettings
 */
export function loadSettings(kind: 'server' | 'command'): AppSettings {
  return readSettings(withOwnSecrets(process.env, kind === 'server'));
}
