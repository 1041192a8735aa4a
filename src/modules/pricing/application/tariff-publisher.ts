import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { compile } from '../domain/rows.js';
import { assertFits } from '../domain/rules.js';
import type { TariffBody } from '../domain/tariff.js';
import { pricingEvent } from '../events.js';
import { PricingRows } from './pricing-rows.js';
import { TariffLog, type PublishedTariff } from './tariff-log.js';

/** The tariff of the shop, as the subject of its events. */
const SUBJECT = { type: 'tariff', id: '01939d00-0000-7000-8000-7a81ff000001' };

/**
 * Makes the next tariff. One transaction writes what changed, the whole new tariff and its event. Locks: publication (advisory),
 * before any row. Guards: tariffs_pkey, tariffs_append_only.
 */
@Injectable()
export class TariffPublisher {
  constructor(
    private readonly rows: PricingRows,
    private readonly log: TariffLog,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** Publishes what the rows are after `change`. @param change returns null when nothing is new */
  async publishAfter<T>(
    tx: Tx,
    cause: Cause,
    change: (now: Date) => Promise<{ readonly result: T; readonly changed: string | null }>,
  ): Promise<T> {
    await this.log.lock(tx);
    const now = this.clock.now();
    const { result, changed } = await change(now);
    if (changed === null) return result;
    const { settings } = await this.log.settingsIn(tx);
    const [rates, methods, promotions] = [
      await this.rows.all(tx, 'tax-rate'),
      await this.rows.all(tx, 'shipping-method'),
      await this.rows.all(tx, 'promotion'),
    ];
    await this.publish(tx, compile(settings, rates, methods, promotions, now), [changed], null, cause, now);
    return result;
  }

  /** Under the lock. */
  async publish(
    tx: Tx,
    body: TariffBody,
    changed: readonly string[],
    note: string | null,
    cause: Cause,
    now: Date,
  ): Promise<PublishedTariff> {
    const text = JSON.stringify(body);
    assertFits(body, text);
    const version = (await this.log.currentVersion(tx)) + 1;
    const tariff = { version, changed, note, publishedBy: cause.actor, publishedAt: now };
    await this.log.append(tx, tariff, text);
    await this.events.append(tx, [pricingEvent('tariff.published', SUBJECT, { version, changed })], cause);
    return tariff;
  }
}
