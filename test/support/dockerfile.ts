export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly base: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** What a command line is: the words of its exec form, or a text for the shell. */
export type CommandLine = { readonly words: readonly string[] } | { readonly shell: string };

const known = ['WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'];

/** Reads a Dockerfile. @throws when it says what the test could not do as Docker does it */
export function readDockerfile(text: string): Stage[] {
  const stages: (Stage & { instructions: Instruction[] })[] = [];
  for (const line of logicalLines(text)) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
    const stage = stages.at(-1);
    if (name === 'FROM') {
      const [, base, stageName] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
      if (base === undefined) throw unknown(line);
      stages.push({ base, name: stageName ?? null, instructions: [] });
    } else if (stage && known.includes(name)) stage.instructions.push({ name, text: rest });
    else throw unknown(line);
  }
  if (stages.length === 0) throw new Error('The Dockerfile has no stage.');
  return stages;
}

/** Without comments; a line that ends with a backslash goes on in the next. */
function logicalLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The text of an instruction in which no variable, pattern or heredoc stands, split at spaces. */
export function plainWords({ name, text }: Instruction): string[] {
  if (/[$*?"'[\]\\]|<</.test(text)) throw unknown(`${name} ${text}`);
  return text.split(/\s+/);
}

export function readCopy(instruction: Instruction): { from: string | null; sources: string[]; target: string } {
  const words = plainWords(instruction);
  const options = words.filter((word) => word.startsWith('--'));
  const paths = words.filter((word) => !word.startsWith('--'));
  if (options.length > 1 || options.some((option) => !option.startsWith('--from=')) || paths.length < 2)
    throw unknown(`COPY ${instruction.text}`);
  return {
    from: options[0]?.slice('--from='.length) ?? null,
    sources: paths.slice(0, -1),
    target: paths.at(-1)!,
  };
}

export function readEnv(instruction: Instruction): Record<string, string> {
  return Object.fromEntries(
    plainWords(instruction).map((word) => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(word) ?? [];
      if (name === undefined) throw unknown(`ENV ${instruction.text}`);
      return [name, value!];
    }),
  );
}

export function readCommand(text: string): CommandLine {
  if (!text.startsWith('[')) return { shell: text };
  return { words: JSON.parse(text) as string[] };
}

/** The command of a HEALTHCHECK; when and how often it is asked is Docker's. */
export function readHealthcheck(instruction: Instruction): CommandLine {
  const [, command] =
    /^(?:--(?:interval|timeout|start-period|retries)=\w+\s+)*CMD\s+(.+)$/s.exec(instruction.text) ?? [];
  if (command === undefined) throw unknown(`HEALTHCHECK ${instruction.text}`);
  return readCommand(command);
}

/** Patterns of a .dockerignore that are names of the top folder: others the test does not know. */
export function readDockerignore(text: string): string[] {
  const names = logicalLines(text);
  const other = names.find((name) => !/^[\w.-]+$/.test(name));
  if (other !== undefined) throw unknown(`.dockerignore: ${other}`);
  return names;
}

function unknown(line: string): Error {
  return new Error(`The test of the image does not know how to do this: ${line}`);
}
