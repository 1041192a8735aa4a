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
  /** JSON text of an OrderAnswer. */
  readonly json: string;
}

/** What lists read. One order costs less by its columns, so that is read through Orders. */
export abstract class OrderReadModel {
  /** Newest first, one more than the limit when there is more. */
  abstract list(filter: OrderFilter, afterId: string | null, limit: number): Promise<ShownOrder[]>;
}
