import { DomainError } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import { MAX_AMOUNT, sum } from '#kernel/money.js';
import { InsufficientStock, type ShelfItem, type Units } from '#modules/products/contract.js';
import type { PaymentMethod } from '../contract.js';
import { MixedCurrencies, OrderNumberTaken, OrderTooLarge, PriceChanged, ProductUnavailable } from './errors.js';
import type { Order, OrderLine } from './order.js';
import type { Purse } from './batch-funds.js';

export const MAX_LINE_QUANTITY = 10_000;

export interface RequestedLine {
  readonly productId: string;
  readonly quantity: number;
  /** An assertion about the catalogue, not a wish. */
  readonly unitPrice?: number;
}

/** What a buyer asks for, with everything that only chance or the clock could give it. */
export interface PlacementRequest {
  readonly orderId: string;
  readonly orderNumber: string;
  readonly customerId: string | null;
  readonly items: readonly RequestedLine[];
  readonly paymentMethod: PaymentMethod;
  readonly shippingAddress: JsonObject | null;
  readonly metadata: JsonObject;
  /** Milliseconds until an unpaid order expires; null for never. */
  readonly expiresAfterMs: number | null;
}

/**
 * The stock that a batch of orders is placed from. Each order sees what those before it have left: the shelf is the
 * locked rows of the transaction, and what is taken from it is written back as one delta per product.
 */
export class Shelf {
  private readonly items: Map<string, ShelfItem>;
  private readonly taken = new Map<string, number>();

  constructor(
    items: readonly ShelfItem[],
    private readonly takenOrderNumbers: Set<string>,
  ) {
    this.items = new Map(items.map((item) => [item.id, item]));
  }

  find(productId: string): ShelfItem | undefined {
    return this.items.get(productId);
  }

  available(productId: string): number {
    return (this.items.get(productId)?.stock ?? 0) - (this.taken.get(productId) ?? 0);
  }

  isNumberTaken(orderNumber: string): boolean {
    return this.takenOrderNumbers.has(orderNumber);
  }

  takeFor(order: Order): void {
    this.takenOrderNumbers.add(order.orderNumber);
    for (const { productId, quantity } of order.items) this.taken.set(productId, (this.taken.get(productId) ?? 0) + quantity);
  }

  takenUnits(): Units[] {
    return [...this.taken].map(([productId, quantity]) => ({ productId, quantity }));
  }
}

/** Places one order from the shelf, paid from the purse where it is, or says why not. A refusal takes nothing. */
export function place(request: PlacementRequest, shelf: Shelf, purse: Purse, cause: Cause, now: Date): Order | DomainError {
  try {
    const decided = decide(request, shelf, now);
    const isHeld = decided.paymentMethod === 'balance';
    const order = isHeld ? { ...decided, paymentStatus: purse.paymentStatus } : decided;
    if (isHeld) purse.assertCovers(order);
    shelf.takeFor(order);
    if (isHeld) purse.holdFor(order, cause);
    return order;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

function decide(request: PlacementRequest, shelf: Shelf, now: Date): Order {
  if (shelf.isNumberTaken(request.orderNumber)) throw new OrderNumberTaken(request.orderNumber);
  assertAvailable(request.items, shelf);
  assertPrices(request.items, shelf);
  const items = linesOf(request.items, shelf);
  const currencies = [...new Set(items.map((line) => shelf.find(line.productId)!.currency))];
  if (currencies.length > 1) throw new MixedCurrencies(currencies);
  const subtotal = sum(items.map((line) => line.total));
  if (subtotal > MAX_AMOUNT) throw new OrderTooLarge(`The order would cost ${subtotal}.`);
  assertStock(request.items, items, shelf);
  const expires = request.expiresAfterMs !== null && request.paymentMethod !== 'manual';
  return {
    id: request.orderId,
    orderNumber: request.orderNumber,
    customerId: request.customerId,
    status: 'pending',
    paymentStatus: 'unpaid',
    paymentMethod: request.paymentMethod,
    currency: currencies[0]!,
    subtotal,
    tax: 0,
    shipping: 0,
    total: subtotal,
    items,
    shippingAddress: request.shippingAddress,
    metadata: request.metadata,
    cancelReason: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    completedAt: null,
    canceledAt: null,
    expiresAt: expires ? new Date(now.getTime() + request.expiresAfterMs) : null,
  };
}

function assertAvailable(items: readonly RequestedLine[], shelf: Shelf): void {
  const missing = items.flatMap(({ productId }, i) => (shelf.find(productId)?.active ? [] : [{ pointer: `#/items/${i}/productId`, productId }]));
  if (missing.length > 0) throw new ProductUnavailable(missing);
}

function assertPrices(items: readonly RequestedLine[], shelf: Shelf): void {
  const changed = items.flatMap(({ productId, unitPrice }, i) => {
    const currentPrice = shelf.find(productId)!.price;
    return unitPrice === undefined || unitPrice === currentPrice ? [] : [{ pointer: `#/items/${i}/unitPrice`, productId, unitPrice, currentPrice }];
  });
  if (changed.length > 0) throw new PriceChanged(changed);
}

/** Lines of one product become one line, so that they are checked against the same stock together. */
function linesOf(items: readonly RequestedLine[], shelf: Shelf): OrderLine[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities].map(([productId, quantity]) => {
    if (quantity > MAX_LINE_QUANTITY) throw new OrderTooLarge(`${quantity} units of one product are more than ${MAX_LINE_QUANTITY}.`);
    const { sku, name, price } = shelf.find(productId)!;
    const total = price * quantity;
    if (total > MAX_AMOUNT) throw new OrderTooLarge(`A line would cost ${total}.`);
    return { productId, sku, name, quantity, unitPrice: price, total };
  });
}

function assertStock(requested: readonly RequestedLine[], lines: readonly OrderLine[], shelf: Shelf): void {
  const short = lines.flatMap(({ productId, quantity }) => {
    const available = shelf.available(productId);
    if (quantity <= available) return [];
    return [{ pointer: `#/items/${requested.findIndex((line) => line.productId === productId)}/quantity`, productId, requested: quantity, available }];
  });
  if (short.length > 0) throw new InsufficientStock(short);
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A number people can read out, made from the order's id: time first, so that numbers ascend, then 40 random bits. */
export function orderNumberOf(orderId: string): string {
  const hex = orderId.replaceAll('-', '');
  return `Q-${base32(BigInt(`0x${hex.slice(0, 12)}`), 10)}-${base32(BigInt(`0x${hex.slice(22)}`), 8)}`;
}

function base32(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest >>= 5n) text = alphabet[Number(rest & 31n)] + text;
  return text;
}
