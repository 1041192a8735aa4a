import type { JsonObject } from '#kernel/json.js';

export interface CheckResult {
  readonly name: string;
  readonly description: string;
  readonly ok: boolean;
  /** How many rows were looked at. */
  readonly checked: number;
  /** At most 100; each names its row. */
  readonly violations: readonly JsonObject[];
}

export interface IntegrityReport {
  readonly ok: boolean;
  readonly checkedAt: Date;
  readonly durationMs: number;
  readonly checks: readonly CheckResult[];
}

/** Whether the books add up, all of them in one consistent snapshot. Reads only, and blocks no writer. */
export abstract class Integrity {
  /** Who asks while a check is under way gets its result. @param onCheck told about each check as it is done */
  abstract check(onCheck?: (check: CheckResult) => void): Promise<IntegrityReport>;
}
