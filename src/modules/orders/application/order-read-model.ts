import type { OrderPaymentStatus, OrderStatus } from '../contract.js';

export interface OrderFilter {
  readonly status?: OrderStatus;
  readonly paymentStatus?: OrderPaymentStatus;
  readonly customerId?: string;
  readonly orderNumber?: string;
  readonly createdFrom?: Date;
  readonly createdTo?: Date;
}

/** An order as it is shown: its representation is written by the database and sent as it is. */
export interface ShownOrder {
  readonly id: string;
  readonly version: number;
  /** JSON text of an OrderAnswer. */
  readonly json: string;
}

/** What queries read. Commands lock and read through Orders. A customer id beside an id means: only if it is theirs. */
export abstract class OrderReadModel {
  /** By its id or its number. */
  abstract find(idOrNumber: string, customerId: string | null): Promise<ShownOrder | null>;
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: OrderFilter, afterId: string | null, limit: number): Promise<ShownOrder[]>;
}
