import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { missingMigrations } from '../database/migrate.js';
import { Backlog } from '../outbox/backlog.sql.js';
import { Subscriptions } from '../outbox/subscriptions.js';

/** An outbox row that has been due for longer says that no process is running consumers. */
const OLDEST_DUE_SECONDS = 60;
/** A health check does not wait for long either. */
const PATIENCE_MS = 4_000;

export interface HealthCheck {
  name: string;
  ok: boolean;
  detail?: string;
}

@Injectable()
export class Health {
  private draining = false;

  constructor(
    private readonly database: Database,
    private readonly backlog: Backlog,
    private readonly subscriptions: Subscriptions,
  ) {}

  drain(): void {
    this.draining = true;
  }

  async ready(): Promise<HealthCheck[]> {
    const checks: HealthCheck[] = [
      { name: 'accepting', ok: !this.draining, ...(this.draining && { detail: 'The server is shutting down.' }) },
    ];
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
    const oldestDueSeconds = await this.backlog.oldestDueSeconds(this.subscriptions.storedIds());
    const { shortage } = this.database;
    const carries = oldestDueSeconds < OLDEST_DUE_SECONDS;
    return [
      { name: 'database', ok: !shortage?.stopsEverything, ...(shortage && { detail: shortage.what }) },
      {
        name: 'migrations',
        ok: missing.length === 0,
        ...(missing.length > 0 && { detail: `Missing: ${missing.join(', ')}` }),
      },
      {
        name: 'outbox',
        ok: carries,
        ...(!carries && { detail: `The oldest due event has been waiting for ${Math.round(oldestDueSeconds)} s.` }),
      },
    ];
  }
}

class TooLate extends Error {}

async function tooLate(): Promise<never> {
  await sleep(PATIENCE_MS, undefined, { ref: false });
  throw new TooLate();
}
