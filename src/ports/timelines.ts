/**
 * What a module adds to the timeline of an order, as parts of one statement with `$1` the order's id and `$2` the most
 * entries. `happened` holds the events of the subjects; `kind` is the name of the kind of entry.
 */
export interface TimelinePart {
  /** Selects the ids of subjects whose events belong to the order. */
  readonly subjects?: string;
  /** Selects at, kind, type, id, request_id, caused_by, actor, detail. Each part reads from an index. */
  readonly entries?: string;
}

/** The parts of every module. */
export class TimelineParts {
  constructor(readonly all: readonly TimelinePart[]) {}
}
