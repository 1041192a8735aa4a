import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import type { NoticeEffect } from '#modules/payments/contract.js';

export const noticeStates = ['received', 'applied', 'ignored', 'parked', 'unmatched'] as const;
export type NoticeState = (typeof noticeStates)[number];

export interface Notice {
  readonly id: string;
  readonly provider: string;
  /** The provider's id of the event; the same notice comes again under the same id. */
  readonly eventId: string;
  readonly type: string;
  readonly rawBody: Buffer;
  readonly headers: JsonObject;
  readonly receivedAt: Date;
}

/** A notice with what has become of it. */
export interface SettledNotice extends Notice {
  readonly status: NoticeState;
  readonly effect: string | null;
  readonly settledAt: Date | null;
}

export interface NoticeFilter {
  readonly type?: string;
  readonly status?: NoticeState;
}

/** Where notices are kept, byte for byte. */
export abstract class Notices {
  /** Newest first, one more than the limit when there is more; without their bodies. */
  abstract list(filter: NoticeFilter, afterId: string | null, limit: number): Promise<SettledNotice[]>;
  abstract find(id: string): Promise<SettledNotice | null>;

  /** False when a notice with this provider and event id is there already. */
  abstract insert(tx: Tx, notice: Notice): Promise<boolean>;
  abstract lock(tx: Tx, id: string): Promise<SettledNotice | null>;
  /** Back to `received`, to be applied again. */
  abstract reopen(tx: Tx, id: string): Promise<void>;
  abstract settle(tx: Tx, id: string, effect: NoticeEffect, at: Date): Promise<void>;
}

/** What is counted about notices. */
export abstract class NoticeMetrics {
  /** @param lagSeconds from what the provider says happened to its effect here */
  abstract settled(provider: string, status: NoticeState, lagSeconds: number): void;
}
