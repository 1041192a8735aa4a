import { Injectable } from '@nestjs/common';
import type { Cause } from '#ports/events.js';
import { Completion, type MoneyTaker } from '../contract.js';

/** The modules that take what was promised for an order, in the order in which they registered. */
@Injectable()
export class MoneyTakers extends Completion {
  private readonly takers: MoneyTaker[] = [];

  override register(taker: MoneyTaker): void {
    this.takers.push(taker);
  }

  /** Outside of any transaction: a provider is asked. @throws Unavailable */
  async take(orderId: string, cause: Cause): Promise<void> {
    for (const taker of this.takers) await taker.take(orderId, cause);
  }
}
