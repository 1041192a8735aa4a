import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { missingMigrations } from '../database/migrate.js';
import { Outbox } from '../outbox/outbox.sql.js';
import { Subscriptions } from '../outbox/subscriptions.js';

/** An outbox row that has been due for longer says that nobody is carrying events. */
const OLDEST_DUE_SECONDS = 60;

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
    private readonly outbox: Outbox,
    private readonly subscriptions: Subscriptions,
  ) {}

  drain(): void {
    this.draining = true;
  }

  async ready(): Promise<HealthCheck[]> {
    const checks: HealthCheck[] = [{ name: 'accepting', ok: !this.draining, ...(this.draining && { detail: 'The server is shutting down.' }) }];
    try {
      const missing = await missingMigrations((text) => this.database.readOnce<{ name: string }>(text));
      checks.push({ name: 'database', ok: true });
      checks.push({ name: 'migrations', ok: missing.length === 0, ...(missing.length > 0 && { detail: `Missing: ${missing.join(', ')}` }) });
      const oldestDueSeconds = await this.outbox.oldestDueSeconds(this.subscriptions.all().map(({ name }) => name));
      const ok = oldestDueSeconds < OLDEST_DUE_SECONDS;
      checks.push({ name: 'outbox', ok, ...(!ok && { detail: `The oldest due event has been waiting for ${Math.round(oldestDueSeconds)} s.` }) });
    } catch {
      checks.push({ name: 'database', ok: false, detail: 'The database does not answer.' });
    }
    return checks;
  }
}
