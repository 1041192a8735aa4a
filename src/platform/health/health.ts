import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { missingMigrations } from '../database/migrate.js';
import { Backlog } from '../outbox/backlog.sql.js';
import { Subscriptions } from '../outbox/subscriptions.js';
import { Settings } from '../settings/settings.js';
import { SharedReading } from './shared-reading.js';

/** An outbox row that has been due for longer says that no process is running consumers. */
const OLDEST_DUE_SECONDS = 60;
/** A health check does not wait for long either. */
const PATIENCE_MS = 4_000;

/** For how long a reading is shared. */
const SHARED_MS = 1_000;

export interface HealthCheck {
  name: string;
  ok: boolean;
  detail?: string;
}

@Injectable()
export class Health {
  private draining = false;
  private readonly reading = new SharedReading(() => this.read(), SHARED_MS);

  constructor(
    private readonly database: Database,
    private readonly backlog: Backlog,
    private readonly subscriptions: Subscriptions,
    private readonly settings: Settings,
  ) {}

  drain(): void {
    this.draining = true;
  }

  /** What callers share for a second, however many ask. A server that is shutting down says so at once. */
  async ready(): Promise<HealthCheck[]> {
    const accepting = { name: 'accepting', ok: !this.draining };
    return [
      { ...accepting, ...(this.draining && { detail: 'The server is shutting down.' }) },
      ...(await this.reading.get()),
    ];
  }

  private async read(): Promise<HealthCheck[]> {
    const checks: HealthCheck[] = [];
    try {
      checks.push(...(await Promise.race([this.askDatabase(), tooLate()])));
    } catch (error) {
      checks.push({ name: 'database', ok: false, detail: this.whyDatabaseFails(error) });
    }
    return checks;
  }

  private whyDatabaseFails(error: unknown): string {
    const { shortage } = this.database;
    if (error instanceof TooLate && !shortage?.stopsEverything)
      return `It has not answered within ${PATIENCE_MS / 1000} s.`;
    return shortage?.what ?? 'It does not answer.';
  }

  private async askDatabase(): Promise<HealthCheck[]> {
    const missing = await missingMigrations((text) => this.database.readOnce<{ name: string }>(text));
    const { shortage } = this.database;
    const [state] = await this.database.readOnce<{ isStandby: boolean; isReadOnly: boolean }>(
      `SELECT pg_is_in_recovery() AS "isStandby", current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
    );
    if (state!.isStandby || state!.isReadOnly) {
      const detail = state!.isStandby ? 'It is a standby, which takes no writes.' : 'It is read-only.';
      return [{ name: 'database', ok: false, detail }];
    }
    return [
      { name: 'database', ok: !shortage?.stopsEverything, ...(shortage && { detail: shortage.what }) },
      {
        name: 'migrations',
        ok: missing.length === 0,
        ...(missing.length > 0 && { detail: `Missing: ${missing.join(', ')}` }),
      },
      ...(await this.askOutbox()),
    ];
  }

  /** The queue is the business of processes that work on it: one that only answers is fit to answer without them. */
  private async askOutbox(): Promise<HealthCheck[]> {
    if (this.settings.role === 'api') return [];
    const oldestDueSeconds = await this.backlog.oldestDueSeconds(this.subscriptions.storedIds());
    const carries = oldestDueSeconds < OLDEST_DUE_SECONDS;
    const detail = `The oldest due event has been waiting for ${Math.round(oldestDueSeconds)} s.`;
    return [{ name: 'outbox', ok: carries, ...(!carries && { detail }) }];
  }
}

class TooLate extends Error {}

async function tooLate(): Promise<never> {
  await sleep(PATIENCE_MS, undefined, { ref: false });
  throw new TooLate();
}
