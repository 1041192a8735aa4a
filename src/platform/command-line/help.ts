import type { CommandDescription, OptionDescription } from './description.js';

const WIDTH = 100;

export function helpOf(description: CommandDescription): string {
  const { name, purpose, options = {}, arguments: operands, examples = [], environment = {} } = description;
  const usage = [`Usage: ${name} -- [options]`, operands && operandsOf(operands)].filter(Boolean).join(' ');
  const optionRows = Object.entries(options).map(([option, details]) => optionRow(option, details));
  return [
    usage,
    wrap(purpose, WIDTH).join('\n'),
    operands && table('Arguments', [[operands.placeholder, operands.text]]),
    table('Options', [...optionRows, ['-h, --help', 'print this']]),
    table('Environment', Object.entries(environment)),
    examples.length > 0 && ['Examples:', ...examples.map((example) => `  ${example}`)].join('\n'),
  ]
    .filter(Boolean)
    .map((part) => `${part as string}\n`)
    .join('\n');
}

function operandsOf({ placeholder, min, max }: NonNullable<CommandDescription['arguments']>): string {
  const several = max > 1 ? `${placeholder} ...` : placeholder;
  return min > 0 ? several : `[${several}]`;
}

function optionRow(name: string, option: OptionDescription): readonly [string, string] {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  if (option.type === 'flag') return [`${short}--${name}`, option.text];
  const value = typeof option.default === 'function' ? option.default() : option.default;
  const fallback = option.defaultText ?? (value === undefined ? '' : String(value));
  const from = [option.env, fallback && `default: ${fallback}`].filter(Boolean).join(', ');
  return [`${short}--${name} ${option.placeholder}`, `${option.text}${from && ` (${from})`}`];
}

function table(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const column = Math.max(...rows.map(([left]) => left.length)) + 4;
  const lines = rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - column).map((line, i) => `${(i === 0 ? `  ${left}` : '').padEnd(column)}${line}`),
  );
  return [`${title}:`, ...lines].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
