// `npm run audit`: asks the registry for known vulnerabilities of the production dependencies in package-lock.json.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLine } from './command-line.mjs';

const TIMEOUT_MS = 60_000;
const serious = ['high', 'critical'];
const say = (text) => process.stdout.write(`${text}\n`);

/** What npm answers, or why there is no answer. */
function askNpm() {
  // Once: a machine that is offline does not wait for it.
  const audit = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath, ...audit]] : ['npm', audit];
  const { stdout, stderr, error } = spawnSync(...npm, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: TIMEOUT_MS,
    shell: process.platform === 'win32',
  });
  if (error) return { reason: error.code === 'ETIMEDOUT' ? 'npm did not end in time' : error.message };
  try {
    const answer = JSON.parse(stdout);
    if (answer.vulnerabilities) return { vulnerabilities: answer.vulnerabilities };
    return { reason: reasonOf(answer) };
  } catch {
    return { reason: stderr.trim().split('\n')[0] || 'npm said nothing' };
  }
}

/** Without the address, which says nothing about the program and may hold a token. */
function reasonOf({ statusCode, message, error }) {
  if (statusCode) return `the registry answers the audit with ${statusCode}`;
  const why = message ?? error?.summary ?? error?.code ?? 'npm gave no report';
  const [code] = /\bE[A-Z]{4,}\b/.exec(why) ?? [];
  return code ? `the registry cannot be reached (${code})` : why.replaceAll(/https?:\/\/\S+/g, 'the registry');
}

/** One line per advisory, and per package that is vulnerable only by what it depends on. */
function linesOf(vulnerabilities) {
  return Object.values(vulnerabilities).flatMap(({ name, severity, range, via }) => {
    const advisories = via.filter((cause) => typeof cause === 'object' && cause.name === name);
    if (advisories.length === 0)
      return [`${severity}  ${name} ${range}  by ${via.map((cause) => cause.name ?? cause).join(', ')}`];
    return advisories.map((one) => `${one.severity}  ${name} ${one.range}  ${one.title}  ${one.url}`);
  });
}

const { values: options } = commandLine({
  name: 'npm run audit',
  purpose: [
    'Asks the registry for known vulnerabilities of the production dependencies. Ends with 0 when none is serious or',
    'none could be checked, 1 for a high or critical one, 2 when it was required and not checked.',
  ].join('\n'),
  options: { required: { type: 'boolean', text: 'a registry that does not answer is an error' } },
});
process.chdir(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const { vulnerabilities, reason } = askNpm();
if (reason !== undefined) {
  say(`not checked: ${reason}`);
  process.exitCode = options.required ? 2 : 0;
} else {
  const found = Object.values(vulnerabilities);
  for (const line of linesOf(vulnerabilities)) say(line);
  if (found.length === 0) say('No known vulnerabilities in the production dependencies.');
  process.exitCode = found.some(({ severity }) => serious.includes(severity)) ? 1 : 0;
}
