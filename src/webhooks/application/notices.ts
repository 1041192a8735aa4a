import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#kernel/tx.js';
import type { NoticeEffect } from '#payments/contract.js';

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

/** Where notices are kept, byte for byte. */
export abstract class Notices {
  /** False when a notice with this provider and event id is there already. */
  abstract insert(tx: Tx, notice: Notice): Promise<boolean>;
  abstract find(tx: Tx, id: string): Promise<Notice | null>;
  abstract settle(tx: Tx, id: string, effect: NoticeEffect, at: Date): Promise<void>;
}
