import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { Conditions } from '#platform/database/conditions.js';
import { Database } from '#platform/database/database.js';
import { count, run, statement } from '#platform/database/statement.js';
import { TariffLog, type PublishedTariff } from '../application/tariff-log.js';
import { EMPTY_TARIFF, type PricingSettings, type TariffBody } from '../domain/tariff.js';

// Before any row of pricing, and released with the transaction. The number means nothing else anywhere.
const lockPublishing = statement('tariffs.lock', `SELECT pg_advisory_xact_lock(71205004)`);
export const currentVersion = statement('tariffs.current-version', `SELECT version FROM tariff_current`);
export const bodyOf = statement('tariffs.body', `SELECT body FROM tariffs WHERE version = $1`);
// Guards: tariffs_pkey, and the version that was in force.
const append = statement(
  'tariffs.append',
  `WITH appended AS (
     INSERT INTO tariffs (version, body, body_hash, changed, note, published_by, published_at) VALUES ($1, $2, $3, $4, $5, $6, $7))
   UPDATE tariff_current SET version = $1 WHERE version = $1 - 1`,
);
const columns = `version, changed, note, published_by AS "publishedBy", published_at AS "publishedAt"`;
const find = statement('tariffs.find', `SELECT ${columns} FROM tariffs WHERE version = $1`);
const settings = statement('pricing-settings.find', `SELECT settings, version FROM pricing_settings`);
// One row, whose lock is that of publication.
const saveSettings = statement(
  'pricing-settings.save',
  `INSERT INTO pricing_settings (id, settings, version, updated_at) VALUES (1, $1, $2, $3)
   ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, version = excluded.version, updated_at = excluded.updated_at`,
);

interface StoredSettings {
  settings: PricingSettings;
  version: number;
}
const NONE: StoredSettings = { settings: EMPTY_TARIFF.settings, version: 0 };

@Injectable()
export class SqlTariffLog extends TariffLog {
  constructor(private readonly database: Database) {
    super();
  }

  override async lock(tx: Tx): Promise<void> {
    await run(tx, lockPublishing, []);
  }

  override async currentVersion(tx: Tx): Promise<number> {
    return (await run<{ version: number }>(tx, currentVersion, []))[0]!.version;
  }

  override async body(version: number): Promise<TariffBody | null> {
    if (version === 0) return EMPTY_TARIFF;
    return (await this.database.read<{ body: TariffBody }>(bodyOf, [version]))[0]?.body ?? null;
  }

  override async append(tx: Tx, tariff: PublishedTariff, body: string): Promise<void> {
    const { version, changed, note, publishedBy, publishedAt } = tariff;
    const hash = createHash('sha256').update(body).digest();
    const written = await count(tx, append, [
      version,
      body,
      hash,
      JSON.stringify(changed),
      note,
      publishedBy,
      publishedAt,
    ]);
    if (written !== 1) throw new Error(`Tariff ${version} was published without the lock`);
  }

  override async list(beforeVersion: number | null, limit: number): Promise<PublishedTariff[]> {
    const asked = new Conditions();
    asked.where('version < ?', beforeVersion);
    return this.database.readOnce<PublishedTariff>(
      `SELECT ${columns} FROM tariffs ${asked.sql} ORDER BY version DESC LIMIT ${limit + 1}`,
      asked.values,
    );
  }

  override async find(version: number): Promise<PublishedTariff | null> {
    return (await this.database.read<PublishedTariff>(find, [version]))[0] ?? null;
  }

  override async settings(): Promise<StoredSettings> {
    return (await this.database.read<StoredSettings>(settings))[0] ?? NONE;
  }

  override async settingsIn(tx: Tx): Promise<StoredSettings> {
    return (await run<StoredSettings>(tx, settings, []))[0] ?? NONE;
  }

  override async saveSettings(tx: Tx, value: PricingSettings, version: number, now: Date): Promise<void> {
    await run(tx, saveSettings, [JSON.stringify(value), version, now]);
  }
}
