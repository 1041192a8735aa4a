import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Log } from '#platform/telemetry/log.js';
import { Callers } from '../application/callers.js';

/** Writes lastUsedAt every few seconds instead of on every request. */
@Injectable()
export class KeyUseSchedule {
  constructor(
    private readonly callers: Callers,
    private readonly log: Log,
  ) {}

  @Interval('api-key-uses', 5_000)
  async run(): Promise<void> {
    await this.callers
      .writeUses()
      .catch((error: unknown) => this.log.debug({ err: error }, 'The use of API keys could not be noted'));
  }
}
