import type { Tx } from '#ports/tx.js';
import type { OrderStatus } from '../contract.js';
import type { Order } from '../domain/order.js';
import type { OpenOrders } from '../domain/placement.js';

/** Where orders are kept. A customer id beside an id means: only if it is theirs. */
export abstract class Orders {
  /** By its id or its number, not locked. */
  abstract find(idOrNumber: string, customerId: string | null): Promise<Order | null>;
  /** The state of one, not locked. */
  abstract status(id: string): Promise<OrderStatus | null>;
  /** Ids of pending orders that are not being paid and whose time is up by the database's clock, longest first. */
  abstract expired(limit: number): Promise<string[]>;

  abstract lock(tx: Tx, id: string, customerId: string | null): Promise<Order | null>;
  /** Locks orders of a batch, ids ascending; every lock of them in this transaction is answered from here. */
  abstract lockAhead(tx: Tx, ids: readonly string[], lockTimeoutMs?: number): Promise<Order[]>;
  abstract lockByNumber(tx: Tx, orderNumber: string): Promise<Order | null>;
  /** Writes a changed order. Guard: the state and version it had when it was locked. */
  abstract save(tx: Tx, before: Order, after: Order): Promise<void>;
  abstract insert(tx: Tx, orders: readonly Order[]): Promise<void>;
  /** Locks customers, so that their orders are placed one after another, and counts the unpaid ones with their units. */
  abstract lockOpenOrders(
    tx: Tx,
    customerIds: readonly string[],
    lockTimeoutMs?: number,
  ): Promise<ReadonlyMap<string, OpenOrders>>;
  /** Which of these numbers are taken. */
  abstract takenNumbers(tx: Tx, orderNumbers: readonly string[]): Promise<string[]>;
}

/** How the shop wants its orders treated. */
export abstract class OrderPolicy {
  abstract readonly autoComplete: boolean;
  /** Milliseconds; null keeps unpaid orders for ever. */
  abstract readonly expiresAfterMs: number | null;
  /** Unpaid orders that a customer may have at once, where they place them. */
  abstract readonly openOrdersOfCustomer: OpenOrders;
}
