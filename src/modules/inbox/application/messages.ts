import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';
import type { MessageEffect } from '../contract.js';

export const messageStates = ['received', 'applied', 'ignored', 'needs_review', 'unmatched'] as const;
export type MessageState = (typeof messageStates)[number];

export interface InboundMessage {
  readonly id: string;
  readonly source: string;
  /** The source's id of the event; the same message comes again under the same id. */
  readonly eventId: string;
  readonly type: string;
  readonly rawBody: Buffer;
  readonly headers: JsonObject;
  readonly receivedAt: Date;
}

/** A message with what has become of it. */
export interface SettledMessage extends InboundMessage {
  readonly status: MessageState;
  readonly effect: string | null;
  readonly settledAt: Date | null;
}

export interface MessageFilter {
  readonly type?: string;
  readonly status?: MessageState;
}

/** Where messages are kept, byte for byte. */
export abstract class Messages {
  /** Newest first, one more than the limit when there is more; without their bodies. */
  abstract list(filter: MessageFilter, afterId: string | null, limit: number): Promise<SettledMessage[]>;
  abstract find(id: string): Promise<SettledMessage | null>;

  /** @returns the ids of those that are new: no message with their source and event id was there */
  abstract insert(tx: Tx, messages: readonly InboundMessage[]): Promise<ReadonlySet<string>>;
  /** Locks messages of a batch, ids ascending; every lock of them in this transaction is answered from here. */
  abstract lockAhead(tx: Tx, ids: readonly string[]): Promise<SettledMessage[]>;
  abstract lock(tx: Tx, id: string): Promise<SettledMessage | null>;
  /** Back to `received`, to be applied again. */
  abstract reopen(tx: Tx, id: string): Promise<void>;
  abstract settle(tx: Tx, id: string, effect: MessageEffect, at: Date): Promise<void>;
}
