import { Injectable } from '@nestjs/common';
import { Wallets } from '#modules/balances/contract.js';
import { Inventory } from '#modules/inventory/contract.js';
import { Catalog } from '#modules/products/contract.js';
import { Clock } from '#kernel/clock.js';
import { DomainError } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import type { BatchDecision, BatchUseCase } from '#ports/batch.js';
import { EventLog, type Cause } from '#ports/events.js';
import { together, type Tx } from '#ports/tx.js';
import { placed, type Order } from '../domain/order.js';
import { orderNumberOf, place, type PlacementRequest } from '../domain/placement.js';
import { OrderPolicy, Orders } from './orders.js';
import { FundsResource, OpenOrdersResource, OrderNumbersResource, StockResource } from './placement-resources.js';

/** An order as it is asked for: what is left out is made here. */
export type OrderDraft = Omit<PlacementRequest, 'orderId' | 'orderNumber' | 'expiresAfterMs' | 'isCapped'> &
  Partial<Pick<PlacementRequest, 'orderId' | 'orderNumber' | 'expiresAfterMs' | 'isCapped'>>;

/** One member of a batch. */
export interface Placement {
  readonly request: PlacementRequest;
  readonly cause: Cause;
}

interface LockedResources {
  readonly openOrders: OpenOrdersResource;
  readonly funds: FundsResource;
  readonly stock: StockResource;
  readonly numbers: OrderNumbersResource;
}

/**
 * Places a batch of orders in one transaction. Locks: the customers who place orders themselves, the balances of those who
 * pay from one, then inventory rows; ids ascending within each. Guards: balance_accounts_not_negative, inventory_stock_not_negative, orders_order_number_unique.
 */
@Injectable()
export class PlaceOrders implements BatchUseCase<Placement, Order, LockedResources> {
  constructor(
    private readonly wallets: Wallets,
    private readonly inventory: Inventory,
    private readonly catalog: Catalog,
    private readonly orders: Orders,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly policy: OrderPolicy,
  ) {}

  placementOf(draft: OrderDraft, cause: Cause): Placement {
    const orderId = draft.orderId ?? newId();
    const { expiresAfterMs } = this.policy;
    const request = {
      expiresAfterMs,
      isCapped: false,
      ...draft,
      orderId,
      orderNumber: draft.orderNumber ?? orderNumberOf(orderId),
    };
    return { request, cause };
  }

  async lock(tx: Tx, placements: readonly Placement[], lockTimeoutMs?: number): Promise<LockedResources> {
    const requests = placements.map(({ request }) => request);
    const openOrders = new OpenOrdersResource(this.orders);
    const funds = new FundsResource(this.wallets);
    const stock = new StockResource(this.inventory, this.catalog);
    const numbers = new OrderNumbersResource(this.orders);
    await together(
      () => openOrders.lock(tx, requests, lockTimeoutMs),
      () => funds.lock(tx, requests, lockTimeoutMs),
      () => stock.lock(tx, requests, lockTimeoutMs),
      () => numbers.lock(tx, requests),
    );
    return { openOrders, funds, stock, numbers };
  }

  decide(tx: Tx, placements: readonly Placement[], locked: LockedResources): BatchDecision<Order> {
    const now = this.clock.now();
    const batch = {
      funds: locked.funds.funds,
      stock: locked.stock.stock,
      takenNumbers: locked.numbers.taken,
      openOrders: locked.openOrders.counts,
      openOrdersOfCustomer: this.policy.openOrdersOfCustomer,
    };
    const outcomes = placements.map(({ request, cause }) => place(request, batch, cause, now));
    const orders = outcomes.filter((outcome): outcome is Order => !(outcome instanceof DomainError));
    const events = placements.flatMap(({ cause }, i) => {
      const outcome = outcomes[i]!;
      return outcome instanceof DomainError ? [] : [{ ...placed(outcome), cause }];
    });
    const write = async (): Promise<void> => {
      await together(
        () => locked.funds.write(tx),
        () => locked.stock.write(tx),
        () => this.orders.insert(tx, orders),
        () => this.events.appendFirst(tx, events),
      );
    };
    return { outcomes, write };
  }
}
