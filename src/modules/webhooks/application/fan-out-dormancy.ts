import { Injectable } from '@nestjs/common';
import { Dormancy } from '#ports/consumers.js';
import type { Tx } from '#ports/tx.js';
import { Endpoints } from './endpoints.js';
import { FanOutToEndpoints } from './fan-out.js';

/** Whether there is an endpoint that is told: while there is none, events are not even queued for telling. */
@Injectable()
export class FanOutDormancy {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly dormancy: Dormancy,
  ) {}

  /** After endpoints were written in this transaction, which must have called `Endpoints.lockAll` before. */
  async note(tx: Tx): Promise<void> {
    const endpoints = await this.endpoints.allIn(tx);
    await this.dormancy.set(tx, FanOutToEndpoints.id, !endpoints.some(({ status }) => status !== 'disabled'));
  }
}
