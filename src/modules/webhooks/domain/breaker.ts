/** What we remember about an endpoint that has failed lately, in this process. */
export interface Breaker {
  /** Failures in a row. */
  readonly failures: number;
  /** Until then nothing is sent, afterwards one message to see (half-open); null: as much as it likes. */
  readonly openUntil: number | null;
}

export const closed: Breaker = { failures: 0, openUntil: null };

/** This many failures in a row open it. */
const THRESHOLD = 10;
const FIRST_COOLDOWN_MS = 1_000;
const MAX_COOLDOWN_MS = 60_000;

/** Each further failure doubles the time until the next look, up to a minute; one success closes it. */
export function afterAttempt(breaker: Breaker, succeeded: boolean, now: number): Breaker {
  if (succeeded) return closed;
  // News of what was under way already when it opened.
  if (breaker.openUntil !== null && now < breaker.openUntil) return breaker;
  const { failures } = breaker;
  const row = failures + 1;
  if (row < THRESHOLD) return { failures: row, openUntil: null };
  return {
    failures: row,
    openUntil: now + Math.min(MAX_COOLDOWN_MS, FIRST_COOLDOWN_MS * 2 ** Math.min(row - THRESHOLD, 10)),
  };
}

/** How many messages may be under way to the endpoint. */
export function slots({ openUntil }: Breaker, now: number, whenClosed: number): number {
  if (openUntil === null) return whenClosed;
  return now >= openUntil ? 1 : 0;
}
