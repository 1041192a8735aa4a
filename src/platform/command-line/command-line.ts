import { existsSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { CommandDescription, OptionDescription, ValuedOption, Values } from './description.js';
import { helpOf } from './help.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandLine<D extends CommandDescription> {
  readonly values: Values<D>;
  readonly operands: readonly string[];
}

/** The command was not used as described: exit code 2. */
export class WrongUsage extends Error {}

/** The exit code of wrong usage, and of what could not be checked. 1 is for what was tried and failed. */
export const WRONG_USAGE = 2;

/**
 * Reads the command line. Ends the process after --help (0) and after wrong usage (2). Commands load what is large after
 * this, so that --help is quick and has no effect.
 */
export function commandLine<const D extends CommandDescription>(description: D): CommandLine<D> {
  try {
    const args = process.argv.slice(2);
    const parsed = parse(description, args);
    if (description.readsEnvironmentFile) loadEnvironmentFile();
    if (parsed.isHelp) {
      process.stdout.write(helpOf(description));
      process.exit(0);
    }
    return readCommandLine(description, args, process.env);
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error;
    process.stderr.write(`${error.message}. See ${description.name} -- --help\n`);
    process.exit(WRONG_USAGE);
  }
}

/** @throws WrongUsage */
export function readCommandLine<const D extends CommandDescription>(
  description: D,
  args: readonly string[],
  env: Environment,
): CommandLine<D> {
  const { given, operands } = parse(description, args);
  const { min, max, placeholder } = description.arguments ?? { min: 0, max: 0, placeholder: '' };
  if (operands.length < min) throw new WrongUsage(`${placeholder} is missing`);
  if (operands.length > max) throw new WrongUsage(`Unexpected argument '${operands[max]}'`);
  const values = Object.entries(description.options ?? {}).map(([name, option]) => [
    name,
    option.type === 'flag' ? given[name] === true : valueOf(name, option, given[name] as string | undefined, env),
  ]);
  return { values: Object.fromEntries(values) as Values<D>, operands };
}

interface Parsed {
  readonly isHelp: boolean;
  readonly given: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
}

function parse({ options = {} }: CommandDescription, args: readonly string[]): Parsed {
  const known = Object.entries(options).map(([name, option]) => [name, parserOption(option)] as const);
  try {
    const config: ParseArgsConfig = {
      args: [...args],
      options: { ...Object.fromEntries(known), help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    };
    const { values: given, positionals: operands } = parseArgs(config);
    return { isHelp: given['help'] === true, given, operands };
  } catch (error) {
    // Node adds advice in further sentences.
    throw new WrongUsage((error as Error).message.split(/\. |\n/)[0]!.replace(/\.$/, ''));
  }
}

function parserOption({ type, short }: OptionDescription) {
  return { type: type === 'flag' ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) };
}

function valueOf(
  name: string,
  option: ValuedOption,
  given: string | undefined,
  env: Environment,
): string | number | number[] | null {
  if (given !== undefined) return checked(`--${name}`, option, given);
  const set = option.env === undefined ? undefined : env[option.env]?.trim();
  if (set) return checked(option.env!, option, set);
  const fallback = typeof option.default === 'function' ? option.default() : option.default;
  return fallback === undefined ? null : checked(`--${name}`, option, String(fallback));
}

function checked(source: string, option: ValuedOption, value: string): string | number | number[] {
  switch (option.type) {
    case 'text':
      return value;
    case 'url':
      if (/^https?:\/\//.test(value) && URL.canParse(value)) return value.replace(/\/+$/, '');
      throw new WrongUsage(`${source} must be a URL that starts with http:// or https://`);
    case 'integer':
    case 'number':
      return checkedNumber(source, option, value);
    case 'integers':
      return value
        .split(',')
        .filter(Boolean)
        .map((part) => checkedNumber(source, option, part));
  }
}

function checkedNumber(
  source: string,
  { type, min, max }: Extract<ValuedOption, { min: number }>,
  value: string,
): number {
  const pattern = type === 'number' ? /^\d+(\.\d+)?$/ : /^\d+$/;
  if (pattern.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  const kinds = { number: 'a number', integer: 'a whole number', integers: 'whole numbers, comma separated,' };
  throw new WrongUsage(`${source} must be ${kinds[type]} from ${min} to ${max}`);
}

/** What the environment sets wins. */
function loadEnvironmentFile(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    throw new WrongUsage(`The file .env cannot be read: ${(error as Error).message}`);
  }
}
