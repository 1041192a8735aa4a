import { Injectable } from '@nestjs/common';
import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import { ProviderNotices, type NoticeEffect } from '../contract.js';
import { ProcessorNotices } from './processor-events.js';
import { StripeNotices } from './stripe-events.js';

/** Everybody who tells us about payments, behind one door. */
@Injectable()
export class NoticesOfAll extends ProviderNotices {
  private readonly all: readonly ProviderNotices[];

  constructor(stripe: StripeNotices, processors: ProcessorNotices) {
    super();
    this.all = [stripe, processors];
  }

  override handles(provider: string, type: string): boolean {
    return this.all.some((notices) => notices.handles(provider, type));
  }

  override apply(tx: Tx, provider: string, type: string, notice: JsonObject, cause: Cause): Promise<NoticeEffect> {
    return this.all.find((notices) => notices.handles(provider, type))!.apply(tx, provider, type, notice, cause);
  }
}
