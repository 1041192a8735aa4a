import type { JsonObject } from '#kernel/json.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';

/** What became of an inbound message. */
export interface MessageEffect {
  /**
   * ignored: no news; needs_review: it contradicts our books and was not applied, a person must look; unmatched: it is
   * about something that is not here (yet).
   */
  readonly kind: 'applied' | 'ignored' | 'needs_review' | 'unmatched';
  readonly detail: string;
  /** The order that it is about, where there is one. */
  readonly orderId?: string | null;
}

/** How a source signs its messages: HMAC-SHA256 in hex. */
export interface MessageSignature {
  /** The header that carries it, in lower case. */
  readonly header: string;
  /**
   * The bytes that are signed before the body, in a header `t=<unix seconds>,v1=<hex>`: Stripe signs `{t}.{body}`, others
   * `t={t}.{body}`. Null where the header is the bare hex of the body's HMAC, which no time limits.
   */
  readonly prefix: ((timestamp: number) => string) | null;
  /** More than one while a secret is being replaced. */
  readonly secrets: readonly string[];
}

/** A system that tells us what has happened there. A module registers its sources when it starts. */
export interface MessageSource {
  /** Stored with every message; it never changes. */
  readonly name: string;
  readonly signature: MessageSignature;
  /** Whether a type of message can mean anything to us. */
  handles(type: string): boolean;
  /**
   * Locks what these messages are about, before any of them is applied in one transaction, in the one order of locks. Left out,
   * each message is applied in a transaction of its own.
   */
  lockAhead?(tx: Tx, messages: readonly { readonly type: string; readonly message: JsonObject }[]): Promise<void>;
  /** Applies a stored message, once, in the transaction that settles it. */
  apply(tx: Tx, type: string, message: JsonObject, cause: Cause): Promise<MessageEffect>;
}

/** A message as it arrived, before anything of it is trusted. */
export interface ArrivedMessage {
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly requestId: string;
  /** Where it came from. */
  readonly address: string;
}

/** Where signed messages of other systems are received, stored and dispatched to their module. */
export abstract class Inbox {
  abstract register(source: MessageSource): void;

  /**
   * Verifies a message on its raw bytes, stores it, and answers only then; it is applied by a reaction.
   * @throws InvalidSignature, MalformedJson, ValidationFailed
   */
  abstract receive(source: string, message: ArrivedMessage): Promise<{ duplicate: boolean }>;
}
