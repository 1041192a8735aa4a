/** A check: what it looks at, and a statement that finds what is wrong. Every violation names its row as `id`. */
export interface IntegrityCheck {
  readonly name: string;
  readonly description: string;
  /** A table, or a statement in parentheses, whose rows are counted. */
  readonly checked: string;
  /** Reads only, and locks nothing. */
  readonly violations: string;
}

/** Every check of every module, in the order in which they are run. */
export class IntegrityChecks {
  constructor(readonly all: readonly IntegrityCheck[]) {}
}
