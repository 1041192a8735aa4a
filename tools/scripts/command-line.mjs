// The command line of the scripts that run before anything is installed or built, so it uses nothing but Node's own modules.
// It behaves as src/platform/command-line: --help ends with 0, wrong usage with 2 and one line.
import util from 'node:util'; // whole: a Node that is too old has no parseArgs, and must be able to say so

/**
 * @param name as it is typed: npm test
 * @param options { type, short?, text } by name, type being that of parseArgs
 * @param operands { placeholder, text } when there may be any number of arguments without a name
 */
export function commandLine({ name, purpose, options = {}, operands = null, examples = [] }) {
  let parsed;
  try {
    const taken = Object.entries(options).map(([option, { type, short }]) => [
      option,
      short ? { type, short } : { type },
    ]);
    parsed = util.parseArgs({
      options: { ...Object.fromEntries(taken), help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    // Node adds advice in further sentences.
    return wrongUsage(name, error.message.split(/\. |\n/)[0].replace(/\.$/, ''));
  }
  if (parsed.values.help) {
    process.stdout.write(help({ name, purpose, options, operands, examples }));
    process.exit(0);
  }
  if (operands === null && parsed.positionals.length > 0)
    return wrongUsage(name, `Unexpected argument '${parsed.positionals[0]}'`);
  return { values: parsed.values, operands: parsed.positionals };
}

export function wrongUsage(name, fault) {
  process.stderr.write(`${fault}. See ${name} -- --help\n`);
  process.exit(2);
}

function help({ name, purpose, options, operands, examples }) {
  const rows = Object.entries(options).map(([option, { short, placeholder, text }]) => [
    `${short ? `-${short}, ` : ''}--${option}${placeholder ? ` ${placeholder}` : ''}`,
    text,
  ]);
  const column = Math.max('-h, --help'.length, ...rows.map(([left]) => left.length)) + 2;
  const row = (left, right) => `  ${left.padEnd(column)}${right}`;
  return [
    `Usage: ${name} -- [options]${operands ? ` [${operands.placeholder} ...]` : ''}`,
    '',
    purpose,
    ...(operands ? ['', 'Arguments:', row(operands.placeholder, operands.text)] : []),
    '',
    'Options:',
    ...rows.map(([left, right]) => row(left, right)),
    row('-h, --help', 'print this'),
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.map((example) => `  ${example}`)] : []),
    '',
  ].join('\n');
}
