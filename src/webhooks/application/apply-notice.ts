import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { NotYet, Subscriber, type RecordedEvent } from '#kernel/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#kernel/tx.js';
import { ProviderNotices } from '#payments/contract.js';
import { Notices } from './notices.js';

/** Applies a stored notice. One that is earlier than its payment waits; one that never finds it is kept as unmatched. */
@Injectable()
export class ApplyNotice extends Subscriber {
  constructor(
    private readonly notices: Notices,
    private readonly provider: ProviderNotices,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async react(tx: Tx, event: RecordedEvent): Promise<void> {
    const notice = (await this.notices.find(tx, event.subject.id))!;
    const { id, provider, type } = notice;
    if (!this.provider.handles(provider, type)) {
      return this.notices.settle(tx, id, { kind: 'ignored', detail: `Notices of type ${type} mean nothing here.` }, this.clock.now());
    }
    const body = JSON.parse(notice.rawBody.toString('utf8')) as JsonObject;
    const effect = await this.provider.apply(tx, provider, type, body, { requestId: event.requestId, causedBy: event.id });
    if (effect.kind === 'unmatched') throw new NotYet(effect.detail);
    await this.notices.settle(tx, id, effect, this.clock.now());
  }

  override async gaveUp(tx: Tx, event: RecordedEvent, error: string): Promise<void> {
    await this.notices.settle(tx, event.subject.id, { kind: 'unmatched', detail: error }, this.clock.now());
  }
}
