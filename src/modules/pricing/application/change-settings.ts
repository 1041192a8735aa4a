import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound, PreconditionFailed } from '#kernel/errors.js';
import { Clock } from '#kernel/clock.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { PricingSettings } from '../domain/tariff.js';
import { TariffLog, type PublishedTariff } from './tariff-log.js';
import { TariffPublisher } from './tariff-publisher.js';

export class ChangePricingSettings extends Command<number> {
  constructor(
    readonly tx: Tx,
    readonly settings: PricingSettings,
    /** The version the caller has seen. */
    readonly accepts: (version: number) => boolean,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(ChangePricingSettings)
export class ChangePricingSettingsHandler implements ICommandHandler<ChangePricingSettings> {
  constructor(
    private readonly log: TariffLog,
    private readonly publisher: TariffPublisher,
  ) {}

  /** @returns the new version of the settings @throws PreconditionFailed */
  async execute({ tx, settings, accepts, cause }: ChangePricingSettings): Promise<number> {
    return this.publisher.publishAfter(tx, cause, async (now) => {
      const { version } = await this.log.settingsIn(tx);
      if (!accepts(version)) throw new PreconditionFailed(version);
      await this.log.saveSettings(tx, settings, version + 1, now);
      return { result: version + 1, changed: 'settings' };
    });
  }
}

/** Puts an older tariff in force again, under a new number. Rates, methods and promotions stay as they are until one is changed. */
export class RollBackTariff extends Command<PublishedTariff> {
  constructor(
    readonly tx: Tx,
    readonly version: number,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(RollBackTariff)
export class RollBackTariffHandler implements ICommandHandler<RollBackTariff> {
  constructor(
    private readonly log: TariffLog,
    private readonly publisher: TariffPublisher,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFound */
  async execute({ tx, version, cause }: RollBackTariff): Promise<PublishedTariff> {
    await this.log.lock(tx);
    const body = await this.log.body(version);
    if (!body) throw new NotFound('tariff', String(version));
    return this.publisher.publish(tx, body, [`rollback to ${version}`], null, cause, this.clock.now());
  }
}
