import { Injectable } from '@nestjs/common';
import { IntegrityChecks } from '#ports/integrity.js';
import { Clock } from '#kernel/clock.js';
import type { JsonObject } from '#kernel/json.js';
import { Database } from '#platform/database/database.js';
import { Integrity, type CheckResult, type IntegrityReport } from '../application/integrity.js';
import { OperationsMetrics } from '../metrics.js';

const MAX_VIOLATIONS = 100;

@Injectable()
export class SqlIntegrity extends Integrity {
  private underWay: Promise<IntegrityReport> | null = null;

  constructor(
    private readonly database: Database,
    private readonly checks: IntegrityChecks,
    private readonly clock: Clock,
    private readonly metrics: OperationsMetrics,
  ) {
    super();
  }

  override check(onCheck: (check: CheckResult) => void = () => undefined): Promise<IntegrityReport> {
    this.underWay ??= this.run(onCheck).finally(() => (this.underWay = null));
    return this.underWay;
  }

  private async run(onCheck: (check: CheckResult) => void): Promise<IntegrityReport> {
    const checkedAt = this.clock.now();
    const begun = performance.now();
    const checks = await this.database.snapshot(async (read) => {
      const done: CheckResult[] = [];
      for (const { name, description, checked, violations } of this.checks.all) {
        const [{ n } = { n: 0 }] = await read<{ n: number }>(`SELECT count(*) AS n FROM ${checked}`);
        // As JSON, so that sums beyond exact integers are told as they are.
        const found = await read<{ violation: JsonObject }>(
          `SELECT to_jsonb(v) AS violation FROM (${violations}) v ORDER BY v.id LIMIT ${MAX_VIOLATIONS}`,
        );
        const check = {
          name,
          description,
          ok: found.length === 0,
          checked: n,
          violations: found.map(({ violation }) => violation),
        };
        this.metrics.checked(name, found.length);
        onCheck(check);
        done.push(check);
      }
      return done;
    });
    return { ok: checks.every(({ ok }) => ok), checkedAt, durationMs: Math.round(performance.now() - begun), checks };
  }
}
