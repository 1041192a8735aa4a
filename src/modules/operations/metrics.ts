import { Injectable } from '@nestjs/common';
import { Telemetry, type Counter, type Gauge } from '#ports/telemetry.js';

/** What is counted about integrity checks and housekeeping. */
@Injectable()
export class OperationsMetrics {
  private readonly violations: Gauge<'check'>;
  private readonly removedRows: Counter<'what'>;

  constructor(telemetry: Telemetry) {
    this.violations = telemetry.gauge<'check'>({
      name: 'integrity_violations',
      help: 'Violations that the last integrity check of this process found, by check (at most 100 are counted)',
      labels: ['check'],
    });
    this.removedRows = telemetry.counter<'what'>({
      name: 'housekeeping_removed_total',
      help: 'Rows that were removed because they had been kept long enough, by what they were',
      labels: ['what'],
    });
  }

  checked(check: string, violations: number): void {
    this.violations.set(violations, { check });
  }

  removed(what: string, rows: number): void {
    this.removedRows.inc({ what }, rows);
  }
}
