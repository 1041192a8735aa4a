import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Endpoints } from './endpoints.js';

/** The endpoints that may be told at the moment, in memory, so that the relay can ask often. At most a second old. */
@Injectable()
export class KnownEndpoints implements OnApplicationBootstrap {
  enabled: readonly string[] = [];

  constructor(private readonly endpoints: Endpoints) {}

  onApplicationBootstrap(): Promise<void> {
    return this.refresh();
  }

  async refresh(): Promise<void> {
    this.enabled = (await this.endpoints.all()).filter(({ status }) => status === 'enabled').map(({ id }) => id);
  }
}
