/** What programs need of an environment, and what holds no secrets. */
const harmless = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SYSTEMROOT',
  'LD_LIBRARY_PATH',
  'NODE_ENV',
];

/** The environment for a child process: not the whole one, which holds every secret of this program. */
export function childEnvironment(): Record<string, string> {
  return Object.fromEntries(
    harmless.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
