import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Endpoints } from './endpoints.js';

/** The endpoints that may be told at the moment, in memory, so that the relay can ask often. At most a second old. */
@Injectable()
export class KnownEndpoints implements OnApplicationBootstrap {
  /** Their versions, by id. */
  enabled: ReadonlyMap<string, number> = new Map();

  constructor(private readonly endpoints: Endpoints) {}

  onApplicationBootstrap(): Promise<void> {
    return this.refresh();
  }

  /** What cannot be read now is read within a second. */
  async refreshSoon(): Promise<void> {
    await this.refresh().catch(() => undefined);
  }

  async refresh(): Promise<void> {
    const enabled = (await this.endpoints.all()).filter(({ status }) => status === 'enabled');
    this.enabled = new Map(enabled.map(({ id, version }) => [id, version]));
  }
}
