import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import type { Tx } from '#ports/tx.js';

/** What became of a provider's notice. */
export interface MessageEffect {
  /**
   * ignored: no news; parked: it contradicts our books and was not applied, a person must look; unmatched: it speaks of a
   * payment that is not here (yet).
   */
  readonly kind: 'applied' | 'ignored' | 'needs_review' | 'unmatched';
  readonly detail: string;
  /** The order that it is about, where there is one. */
  readonly orderId?: string | null;
}

/** Which of the provider's payments belong to a customer. */
export abstract class PaymentReferences {
  abstract ofCustomer(tx: Tx, customerId: string): Promise<string[]>;
}

/** Where the outcome of a payment that was made in one request is posted to. */
export abstract class OutcomeAddresses {
  abstract of(paymentId: string): Promise<string | null>;
}

/** The door for what payment providers tell us, in their own words. */
export abstract class ProviderEvents {
  /** Whether this kind of notice can mean anything to us. */
  abstract handles(provider: string, type: string): boolean;
  abstract apply(tx: Tx, provider: string, type: string, notice: JsonObject, cause: Cause): Promise<MessageEffect>;
}
