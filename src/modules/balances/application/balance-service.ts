import type { Tx } from '#ports/tx.js';
import type { ServiceHold } from '../domain/service-hold.js';

export type ServiceAnswer =
  { readonly kind: 'done' } | { readonly kind: 'refused'; readonly status: number; readonly detail: string };

/**
 * Who keeps the money where that is not this shop. Every call is idempotent by order id. A definite refusal is an answer;
 * @throws Unavailable when the service cannot be asked or its answer is unknown.
 */
export abstract class BalanceServiceClient {
  abstract preorder(orderId: string, amount: number, currency: string): Promise<ServiceAnswer>;
  abstract complete(orderId: string): Promise<ServiceAnswer>;
  abstract cancel(orderId: string): Promise<ServiceAnswer>;
}

/** Where holds at the service are kept. */
export abstract class ServiceHolds {
  abstract find(id: string): Promise<ServiceHold | null>;
  abstract lock(tx: Tx, id: string): Promise<ServiceHold | null>;
  abstract lockOfOrder(tx: Tx, orderId: string): Promise<ServiceHold | null>;
  abstract insert(tx: Tx, holds: readonly ServiceHold[], now: Date): Promise<void>;
  abstract save(tx: Tx, hold: ServiceHold, now: Date): Promise<void>;
}
