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
import { Coupons, Tariffs } from '#modules/pricing/contract.js';
import { complete, placed, type Order } from '../domain/order.js';
import { orderNumberOf, place, type PlacementRequest } from '../domain/placement.js';
import { OrderPolicy, Orders } from './orders.js';
import {
  FundsResource,
  OpenOrdersResource,
  OrderNumbersResource,
  PricingResource,
  StockResource,
} from './placement-resources.js';

/** An order as it is asked for: what is left out is made here. */
export type OrderDraft = Omit<PlacementRequest, Made> & Partial<Pick<PlacementRequest, Made>>;
type Made =
  | 'orderId'
  | 'orderNumber'
  | 'expiresAfterMs'
  | 'isCapped'
  | 'billingAddress'
  | 'email'
  | 'shippingMethod'
  | 'couponCodes'
  | 'expectedTotal';

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
  readonly pricing: PricingResource;
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
    private readonly tariffs: Tariffs,
    private readonly coupons: Coupons,
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
      billingAddress: null,
      email: null,
      shippingMethod: null,
      couponCodes: [],
      expectedTotal: null,
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
    const pricing = new PricingResource(this.tariffs, this.coupons);
    await together(
      () => openOrders.lock(tx, requests, lockTimeoutMs),
      () => funds.lock(tx, requests, lockTimeoutMs),
      () => stock.lock(tx, requests, lockTimeoutMs),
      () => numbers.lock(tx, requests),
      () => pricing.lock(tx, requests),
    );
    return { openOrders, funds, stock, numbers, pricing };
  }

  decide(tx: Tx, placements: readonly Placement[], locked: LockedResources): BatchDecision<Order> {
    const now = this.clock.now();
    const batch = {
      funds: locked.funds.funds,
      stock: locked.stock.stock,
      takenNumbers: locked.numbers.taken,
      tariff: locked.pricing.tariff,
      codes: locked.pricing.codes,
      openOrders: locked.openOrders.counts,
      openOrdersOfCustomer: this.policy.openOrdersOfCustomer,
    };
    const decided = placements.map(({ request, cause }) => place(request, batch, cause, now));
    const orders = decided.filter((outcome): outcome is Order => !(outcome instanceof DomainError));
    const events = placements.flatMap(({ cause }, i) => {
      const outcome = decided[i]!;
      return outcome instanceof DomainError ? [] : [{ ...placed(outcome), cause }];
    });
    // Where there is nothing to pay, no payment will complete the order.
    const completions = decided.map((outcome) =>
      outcome instanceof DomainError || outcome.total > 0 || !this.policy.autoComplete ? null : complete(outcome, now),
    );
    const write = async (): Promise<void> => {
      await together(
        () => locked.funds.write(tx),
        () => locked.stock.write(tx),
        () => this.orders.insert(tx, orders),
        () => this.events.appendFirst(tx, events),
      );
      for (const [i, completion] of completions.entries()) {
        if (!completion) continue;
        await this.orders.save(tx, decided[i] as Order, completion.order);
        await this.events.append(tx, completion.events, placements[i]!.cause);
      }
    };
    return { outcomes: decided.map((outcome, i) => completions[i]?.order ?? outcome), write };
  }
}
