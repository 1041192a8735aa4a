import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Settings } from '#platform/settings/settings.js';
import { KnownEndpoints } from '../application/known-endpoints.js';

/** Learns of endpoints that other processes have added, paused or removed. */
@Injectable()
export class EndpointRefresh {
  constructor(
    private readonly known: KnownEndpoints,
    private readonly settings: Settings,
  ) {}

  @Interval('webhook-endpoints', 1_000)
  async run(): Promise<void> {
    if (this.settings.role !== 'api') await this.known.refreshSoon();
  }
}
