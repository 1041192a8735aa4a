import { Injectable } from '@nestjs/common';
import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { ProviderEvents, type MessageEffect } from '../contract.js';
import { ProcessorEvents } from './processor-events.js';
import { StripeEvents } from './stripe-events.js';

/** Everybody who tells us about payments, behind one door. */
@Injectable()
export class AllProviderEvents extends ProviderEvents {
  private readonly all: readonly ProviderEvents[];

  constructor(stripe: StripeEvents, processors: ProcessorEvents) {
    super();
    this.all = [stripe, processors];
  }

  override handles(provider: string, type: string): boolean {
    return this.all.some((notices) => notices.handles(provider, type));
  }

  override apply(tx: Tx, provider: string, type: string, notice: JsonObject, cause: Cause): Promise<MessageEffect> {
    return this.all.find((notices) => notices.handles(provider, type))!.apply(tx, provider, type, notice, cause);
  }
}
