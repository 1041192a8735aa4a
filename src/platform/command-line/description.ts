interface Described {
  readonly text: string;
  readonly short?: string;
}

interface Valued<T> extends Described {
  /** What stands for the value in the help. */
  readonly placeholder: string;
  /** The environment variable that is read when the option is not given. */
  readonly env?: string;
  /** A function for what is only known when the environment has been read. */
  readonly default?: T | (() => T);
  /** What the help says instead of the default. */
  readonly defaultText?: string;
}

export interface FlagOption extends Described {
  readonly type: 'flag';
}

export interface TextOption extends Valued<string> {
  /** A url starts with http:// or https://. */
  readonly type: 'text' | 'url';
}

export interface NumberOption extends Valued<number> {
  /** An integer has no fraction. */
  readonly type: 'integer' | 'number';
  readonly min: number;
  readonly max: number;
}

/** Integers, comma separated. */
export interface IntegersOption extends Valued<readonly number[]> {
  readonly type: 'integers';
  readonly min: number;
  readonly max: number;
}

export type ValuedOption = TextOption | NumberOption | IntegersOption;
export type OptionDescription = FlagOption | ValuedOption;

export interface Arguments {
  readonly placeholder: string;
  readonly text: string;
  readonly min: number;
  readonly max: number;
}

/** What a command takes from its user. The help is made of it. */
export interface CommandDescription {
  /** As it is typed: npm run migrate. */
  readonly name: string;
  /** The first sentence says in one line what it does. */
  readonly purpose: string;
  readonly options?: Readonly<Record<string, OptionDescription>>;
  /** What comes without the name of an option; nothing when it is not described. */
  readonly arguments?: Arguments;
  readonly examples?: readonly string[];
  /** Whether `.env` in the working directory is read: by what works on the user's shop, not by what makes one of its own. */
  readonly readsEnvironmentFile?: boolean;
  /** The variables that matter, other than those of options. */
  readonly environment?: Readonly<Record<string, string>>;
}

type Given<O> = O extends { type: 'integer' | 'number' }
  ? number
  : O extends { type: 'integers' }
    ? readonly number[]
    : string;

type Value<O> = O extends { type: 'flag' } ? boolean : O extends { default: unknown } ? Given<O> : Given<O> | null;

/** The values of the options by name. Null: not given, and without a default. */
export type Values<D extends CommandDescription> = {
  readonly [Name in keyof NonNullable<D['options']>]: Value<NonNullable<D['options']>[Name]>;
};
