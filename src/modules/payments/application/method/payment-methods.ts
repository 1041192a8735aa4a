import type { Tx } from '#ports/tx.js';
import type { PaymentMethod, PaymentMethodState } from '../../domain/payment-method.js';
import type { Creator } from '../payments.js';

export interface PaymentMethodFilter {
  readonly status: PaymentMethodState;
  /** Only those of this customer. */
  readonly customerId?: string;
}

/** Where saved payment methods are kept. One is written only under the lock of its row. */
export abstract class PaymentMethods {
  abstract find(id: string, customerId: string | null): Promise<PaymentMethod | null>;
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: PaymentMethodFilter, afterId: string | null, limit: number): Promise<PaymentMethod[]>;

  /** Whether a method under the provider's id is active. */
  abstract isActive(provider: string, reference: string): Promise<boolean>;

  /** By our id or the provider's, without a lock; the active one where several were saved under the provider's. */
  abstract look(tx: Tx, provider: string, idOrReference: string): Promise<PaymentMethod | null>;
  /** Looks for those that the members of a batch name; every look for one of them in this transaction is answered from here. */
  abstract lookAhead(tx: Tx, provider: string, idsOrReferences: readonly string[]): Promise<void>;
  abstract lock(tx: Tx, id: string): Promise<PaymentMethod | null>;
  abstract lockByReference(tx: Tx, provider: string, reference: string): Promise<PaymentMethod | null>;
  abstract findByCreator(
    tx: Tx,
    recordId: string,
  ): Promise<{ readonly method: PaymentMethod; readonly requestHash: Buffer | null } | null>;
  /** How many of a customer are active, or were begun since. */
  abstract countOf(tx: Tx, customerId: string, since: Date): Promise<number>;
  /** Those that were begun before and never finished, ids ascending, locked. */
  abstract lockAbandoned(tx: Tx, before: Date, limit: number): Promise<PaymentMethod[]>;
  /** Until the transaction ends, nothing else is saved under this id of the provider's. */
  abstract lockReference(tx: Tx, provider: string, reference: string): Promise<void>;
  abstract insert(tx: Tx, method: PaymentMethod, creator: Creator): Promise<void>;
  /** Guards: the version under which it was locked, payment_methods_active_unique. */
  abstract save(tx: Tx, before: PaymentMethod, after: PaymentMethod): Promise<void>;

  /** Locks a customer as the provider has them; others who save for them wait. @returns the provider's id; null before it has one */
  abstract lockProviderCustomer(tx: Tx, provider: string, customerId: string): Promise<string | null>;
  /** Without a lock. */
  abstract providerCustomer(tx: Tx, provider: string, customerId: string): Promise<string | null>;
  /** The first that is noted stays. @returns what is noted; null when the customer was erased meanwhile */
  abstract noteProviderCustomer(
    tx: Tx,
    provider: string,
    customerId: string,
    reference: string,
  ): Promise<string | null>;
  /** The provider has it no longer. */
  abstract dropProviderCustomer(tx: Tx, provider: string, reference: string): Promise<void>;
}
