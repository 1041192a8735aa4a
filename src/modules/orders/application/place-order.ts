import type { OnApplicationShutdown } from '@nestjs/common';
import { Wallets, type WalletAccount } from '#modules/balances/contract.js';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { DomainError } from '#kernel/errors.js';
import { EventLog, type Cause } from '#ports/events.js';
import { failpoint } from '#kernel/failpoints.js';
import { GroupCommit } from '#kernel/group-commit.js';
import { newId } from '#kernel/ids.js';
import { IdempotencyKeyReused, Receipts, type Answer, type Claim, type Receipt } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { Inventory } from '#modules/products/contract.js';
import { placed, type Order } from '../domain/order.js';
import { orderNumberOf, place, Shelf, type PlacementRequest } from '../domain/placement.js';
import { Purse } from '../domain/batch-funds.js';
import { OrderPolicy, Orders, PlacementMetrics } from './orders.js';

export class PlaceOrder {
  constructor(
    readonly input: Omit<PlacementRequest, 'orderId' | 'orderNumber' | 'expiresAfterMs'> & {
      orderId?: string;
      orderNumber?: string;
      expiresAfterMs?: number | null;
    },
    readonly receipt: Receipt<Order>,
    readonly cause: Cause,
  ) {}
}

interface Placement {
  readonly request: PlacementRequest;
  readonly receipt: Receipt<Order>;
  readonly cause: Cause;
}

/** What a batch has locked: who pays from balance, and what is left to sell. */
interface Locked {
  readonly accounts: readonly WalletAccount[];
  readonly shelf: Shelf;
}

/** Largest batch: beyond it a transaction holds its locks for longer than the saved commits are worth. */
const MAX_BATCH = 64;
const LANES = 2;
const SPARE_LANE_AFTER_MS = 50;
/** About half a second of work; who comes later is told to come back rather than kept waiting. */
const MAX_WAITING = 1024;
/** Members of a batch that could not get a lock are tried one by one; only those that want that very row may wait again, and briefly. */
const PATIENCE_AFTER_ABORT_MS = 250;

/**
 * Places orders, those that arrive while a transaction is under way together in the next one.
 *
 * One transaction per batch; locks in the house's order: the receipts' keys (never waited for), then the products, ids
 * ascending; before the products the accounts of those who pay from balance. Guards: idempotency_records_pkey, balance_accounts_not_negative, products_stock_not_negative, orders_order_number_unique.
 */
@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder, Answer>, OnApplicationShutdown {
  private readonly queue = new GroupCommit<Placement, Answer | 'busy'>({
    maxBatch: MAX_BATCH,
    lanes: LANES,
    spareLaneAfterMs: SPARE_LANE_AFTER_MS,
    maxWaiting: MAX_WAITING,
    maxSingleTries: 2,
    commit: (batch, afterAbort) => this.placeBatch(batch, afterAbort ? PATIENCE_AFTER_ABORT_MS : undefined),
    onBatch: (size) => this.metrics.batch(size),
    onAbort: () => this.metrics.aborted(),
  });

  constructor(
    private readonly transactions: Transactions,
    private readonly receipts: Receipts,
    private readonly wallets: Wallets,
    private readonly inventory: Inventory,
    private readonly orders: Orders,
    private readonly events: EventLog,
    private readonly clock: Clock,
    private readonly policy: OrderPolicy,
    private readonly metrics: PlacementMetrics,
  ) {
    metrics.waiting(() => this.queue.waitingCount);
  }

  execute({ input, receipt, cause }: PlaceOrder): Promise<Answer> {
    const orderId = input.orderId ?? newId();
    const request = { expiresAfterMs: this.policy.expiresAfterMs, ...input, orderId, orderNumber: input.orderNumber ?? orderNumberOf(orderId) };
    return this.receipts.alone(receipt, () => this.queue.submit({ request, receipt, cause }));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.stop();
  }

  private async placeBatch(batch: readonly Placement[], lockTimeoutMs?: number): Promise<(Answer | 'busy')[]> {
    const answers = await this.transactions.run(
      async (tx) => {
        const answered = await this.placeIn(tx, batch, lockTimeoutMs);
        failpoint('place-order.before-commit');
        return answered;
      },
      { readsFirst: true },
    );
    failpoint('place-order.after-commit');
    return answers;
  }

  private async placeIn(tx: Tx, batch: readonly Placement[], lockTimeoutMs?: number): Promise<(Answer | 'busy')[]> {
    // Asked together, answered in this order. What turns out to be a replay has locked its products in vain.
    const [claims, locked] = await Promise.all([
      this.receipts.claim(
        tx,
        batch.map((placement) => placement.receipt),
      ),
      this.lock(tx, batch, lockTimeoutMs),
    ]);
    const free = batch.filter((_, i) => claims[i]!.state === 'free');
    const decided = free.length > 0 ? await this.decide(tx, free, locked) : new Map<Placement, Answer>();
    return batch.map((placement, i) => decided.get(placement) ?? answerOf(claims[i]!, placement.receipt));
  }

  private async decide(tx: Tx, placements: readonly Placement[], { accounts, shelf }: Locked): Promise<Map<Placement, Answer>> {
    const purse = new Purse(accounts, this.wallets.settlesAtOnce);
    const now = this.clock.now();
    const answers = new Map<Placement, Answer>();
    const orders: Order[] = [];
    const events = [];
    for (const placement of placements) {
      const outcome = place(placement.request, shelf, purse, placement.cause, now);
      const refused = outcome instanceof DomainError;
      this.metrics.outcome(refused ? outcome.code : 'placed');
      answers.set(placement, placement.receipt.answer(refused ? { refusal: outcome } : { result: outcome }));
      if (refused) continue;
      orders.push(outcome);
      events.push({ ...placed(outcome), cause: placement.cause });
    }
    // Everything is locked and decided, so nothing here waits for anybody: it travels together.
    await Promise.all([
      this.wallets.block(tx, accounts, purse.holds),
      this.inventory.take(tx, shelf.takenUnits()),
      this.orders.insert(tx, orders),
      this.events.appendFirst(tx, events),
      this.receipts.record(
        tx,
        [...answers].map(([{ receipt }, answer]) => ({ receipt, answer })),
      ),
    ]);
    return answers;
  }

  /** Accounts before products, always; without accounts the products are asked for at once. */
  private async lock(tx: Tx, placements: readonly Placement[], lockTimeoutMs?: number): Promise<Locked> {
    const customers = placements.flatMap(({ request }) => (request.paymentMethod === 'balance' && request.customerId !== null ? [request.customerId] : []));
    const accounts = customers.length > 0 ? await this.wallets.lock(tx, [...new Set(customers)], lockTimeoutMs) : [];
    const productIds = [...new Set(placements.flatMap(({ request }) => request.items.map((line) => line.productId)))].sort();
    const [items, taken] = await Promise.all([this.inventory.lock(tx, productIds, lockTimeoutMs), this.takenNumbers(tx, placements)]);
    return { accounts, shelf: new Shelf(items, taken) };
  }

  /** Only numbers that callers chose can be taken; those made from new ids are new. */
  private async takenNumbers(tx: Tx, placements: readonly Placement[]): Promise<Set<string>> {
    const chosen = placements.map(({ request }) => request.orderNumber).filter((number, i) => number !== orderNumberOf(placements[i]!.request.orderId));
    return new Set(chosen.length > 0 ? await this.orders.takenNumbers(tx, chosen) : []);
  }
}

function answerOf(claim: Claim, receipt: Receipt<Order>): Answer | 'busy' {
  if (claim.state === 'answered') return claim.answer;
  if (claim.state === 'reused') return receipt.answer({ refusal: new IdempotencyKeyReused() });
  return 'busy';
}
