import { type Wallets, type WalletAccount } from '#modules/balances/contract.js';
import type { Inventory, Stock } from '#modules/inventory/contract.js';
import type { Catalog, CatalogItem } from '#modules/products/contract.js';
import type { Coupons, GivenCode, Tariff, Tariffs } from '#modules/pricing/contract.js';
import { together, type Tx } from '#ports/tx.js';
import type { BatchResource } from '#ports/batch.js';
import { BatchFunds } from '../domain/batch-funds.js';
import { BatchStock } from '../domain/batch-stock.js';
import { orderNumberOf, type OpenOrders, type PlacementRequest } from '../domain/placement.js';
import { type Orders } from './orders.js';

/** The balances of those members of a batch that pay from one. */
export class FundsResource implements BatchResource<PlacementRequest> {
  private accounts: readonly WalletAccount[] = [];
  private batchFunds: BatchFunds | null = null;

  constructor(private readonly wallets: Wallets) {}

  async lock(tx: Tx, requests: readonly PlacementRequest[], lockTimeoutMs?: number): Promise<void> {
    const payers = requests.flatMap(({ paymentMethod, customerId }) =>
      paymentMethod === 'balance' && customerId !== null ? [customerId] : [],
    );
    if (payers.length > 0) this.accounts = await this.wallets.lock(tx, [...new Set(payers)], lockTimeoutMs);
  }

  get funds(): BatchFunds {
    return (this.batchFunds ??= new BatchFunds(this.accounts, this.wallets.settlesAtOnce));
  }

  write(tx: Tx): Promise<void> {
    return this.wallets.block(tx, this.accounts, this.funds.holds);
  }
}

/** The products that the members of a batch want, and their stock. */
export class StockResource implements BatchResource<PlacementRequest> {
  private stocks: readonly Stock[] = [];
  private products: readonly CatalogItem[] = [];
  private batchStock: BatchStock | null = null;

  constructor(
    private readonly inventory: Inventory,
    private readonly catalog: Catalog,
  ) {}

  async lock(tx: Tx, requests: readonly PlacementRequest[], lockTimeoutMs?: number): Promise<void> {
    const wanted = new Set(requests.flatMap(({ items }) => items.map(({ productId }) => productId)));
    const ids = [...wanted].sort();
    // The products are read by a second statement, whose snapshot begins when the locks are held.
    [this.stocks, this.products] = await together(
      () => this.inventory.lock(tx, ids, lockTimeoutMs),
      () => this.catalog.read(tx, ids),
    );
  }

  get stock(): BatchStock {
    return (this.batchStock ??= new BatchStock(this.products, this.stocks));
  }

  write(tx: Tx): Promise<void> {
    return this.inventory.take(tx, this.stock.takenUnits());
  }
}

/**
 * The unpaid orders of customers who place one themselves: they hold stock, and a customer may have some only. Locks: the
 * customers, before everything else that placing locks, so that orders of one customer are counted one after another.
 */
export class OpenOrdersResource implements BatchResource<PlacementRequest> {
  readonly counts = new Map<string, OpenOrders>();

  constructor(private readonly orders: Orders) {}

  async lock(tx: Tx, requests: readonly PlacementRequest[], lockTimeoutMs?: number): Promise<void> {
    const customers = requests.flatMap(({ isCapped, customerId }) =>
      isCapped && customerId !== null ? [customerId] : [],
    );
    if (customers.length === 0) return;
    for (const [id, count] of await this.orders.lockOpenOrders(tx, [...new Set(customers)], lockTimeoutMs))
      this.counts.set(id, count);
  }

  /** They are written as orders. */
  async write(): Promise<void> {}
}

/** The order numbers that callers chose; those made from new ids are new. Guard: orders_order_number_unique. */
export class OrderNumbersResource implements BatchResource<PlacementRequest> {
  readonly taken = new Set<string>();

  constructor(private readonly orders: Orders) {}

  async lock(tx: Tx, requests: readonly PlacementRequest[]): Promise<void> {
    const chosen = requests.flatMap(({ orderId, orderNumber }) =>
      orderNumber === orderNumberOf(orderId) ? [] : [orderNumber],
    );
    if (chosen.length === 0) return;
    for (const number of await this.orders.takenNumbers(tx, chosen)) this.taken.add(number);
  }

  /** Numbers are written with their orders. */
  async write(): Promise<void> {}
}

/** The tariff in force, and the coupon codes that the members of a batch name. Locks nothing: a tariff never changes. */
export class PricingResource implements BatchResource<PlacementRequest> {
  private inForce: Tariff | null = null;
  readonly codes = new Map<string, GivenCode>();

  constructor(
    private readonly tariffs: Tariffs,
    private readonly coupons: Coupons,
  ) {}

  async lock(tx: Tx, requests: readonly PlacementRequest[]): Promise<void> {
    const named = [...new Set(requests.flatMap(({ couponCodes }) => couponCodes))];
    const [tariff, codes] = await together(
      () => this.tariffs.current(tx),
      () => this.coupons.find(tx, named),
    );
    this.inForce = tariff;
    for (const code of codes) this.codes.set(code.code, code);
  }

  get tariff(): Tariff {
    return this.inForce!;
  }

  /** What an order cost is written with it. */
  async write(): Promise<void> {}
}
