import { DomainError } from '#kernel/errors.js';
import type { Cause } from '#ports/events.js';
import type { JsonObject } from '#kernel/json.js';
import { InsufficientStock } from '#modules/inventory/contract.js';
import { assertAvailable, oneCurrency } from '#modules/products/contract.js';
import type { PaymentMethod } from '../contract.js';
import { OrderNumberTaken, OrderTooLarge, PriceChanged, TooManyOpenOrders } from './errors.js';
import type { Order, OrderLine } from './order.js';
import type { GivenCode, Tariff } from '#modules/pricing/contract.js';
import type { BatchFunds } from './batch-funds.js';
import type { BatchStock } from './batch-stock.js';
import { price } from './priced-order.js';

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
  readonly billingAddress: JsonObject | null;
  readonly email: string | null;
  /** Code of the method that was chosen. */
  readonly shippingMethod: string | null;
  /** As they are stored. */
  readonly couponCodes: readonly string[];
  /** An assertion about the total; null for none. */
  readonly expectedTotal: number | null;
  readonly metadata: JsonObject;
  /** Milliseconds until an unpaid order expires; null for never. */
  readonly expiresAfterMs: number | null;
  /** Whether the customer places it themselves, who may have some unpaid orders only. */
  readonly isCapped: boolean;
}

/** Unpaid orders of a customer, and the units that they hold. */
export interface OpenOrders {
  readonly orders: number;
  readonly units: number;
}

/** What a batch of orders is placed from; each member sees what those before it have left. */
export interface PlacementBatch {
  readonly stock: BatchStock;
  readonly funds: BatchFunds;
  /** The tariff in force. */
  readonly tariff: Tariff;
  /** The coupon codes that its members name. */
  readonly codes: ReadonlyMap<string, GivenCode>;
  /** Order numbers that are taken, those of the batch included. */
  readonly takenNumbers: Set<string>;
  /** Unpaid orders by customer, those of the batch included; of customers who are capped. */
  readonly openOrders: Map<string, OpenOrders>;
  /** How many of them a customer may have. */
  readonly openOrdersOfCustomer: OpenOrders;
}

/** Places one order, or says why not. A refusal takes nothing. */
export function place(request: PlacementRequest, batch: PlacementBatch, cause: Cause, now: Date): Order | DomainError {
  const { stock, funds, takenNumbers } = batch;
  try {
    assertMayHaveAnother(request, batch);
    const decided = decide(request, batch, now);
    const isHeld = decided.paymentMethod === 'balance' && decided.total > 0;
    const order = isHeld ? { ...decided, paymentStatus: funds.paymentStatus } : decided;
    if (isHeld) funds.assertCovers(order);
    else assertMayHold(request, order, batch);
    takenNumbers.add(order.orderNumber);
    stock.take(order.items);
    if (isHeld) funds.holdFor(order, cause);
    else if (order.total > 0) countOpen(request, order, batch);
    return order;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

function assertMayHaveAnother({ isCapped, customerId }: PlacementRequest, batch: PlacementBatch): void {
  if (!isCapped || customerId === null) return;
  const { orders } = batch.openOrdersOfCustomer;
  if ((batch.openOrders.get(customerId)?.orders ?? 0) >= orders)
    throw new TooManyOpenOrders(`You have ${orders} unpaid orders. Pay for one or cancel one first.`);
}

function assertMayHold({ isCapped, customerId }: PlacementRequest, { items }: Order, batch: PlacementBatch): void {
  if (!isCapped || customerId === null) return;
  const { units } = batch.openOrdersOfCustomer;
  const held = batch.openOrders.get(customerId)?.units ?? 0;
  if (held + unitsOf(items) > units)
    throw new TooManyOpenOrders(
      `A customer’s unpaid orders may hold at most ${units} units; yours hold ${held}. Pay for one first, or ask the shop.`,
    );
}

function countOpen({ isCapped, customerId }: PlacementRequest, { items }: Order, { openOrders }: PlacementBatch): void {
  if (!isCapped || customerId === null) return;
  const { orders = 0, units = 0 } = openOrders.get(customerId) ?? {};
  openOrders.set(customerId, { orders: orders + 1, units: units + unitsOf(items) });
}

function unitsOf(lines: readonly OrderLine[]): number {
  return lines.reduce((units, { quantity }) => units + quantity, 0);
}

function decide(request: PlacementRequest, batch: PlacementBatch, now: Date): Order {
  const { stock, takenNumbers } = batch;
  if (takenNumbers.has(request.orderNumber)) throw new OrderNumberTaken(request.orderNumber);
  assertAvailable(request.items, (productId) => stock.find(productId));
  assertPrices(request.items, stock);
  const merged = mergedLines(request.items);
  const currency = oneCurrency(merged.map((line) => stock.find(line.productId)!.currency));
  const priced = price(merged, currency, request, batch, now);
  assertStock(request.items, priced.items, stock);
  const isFree = priced.total === 0;
  const expires = request.expiresAfterMs !== null && request.paymentMethod !== 'manual' && !isFree;
  return {
    id: request.orderId,
    orderNumber: request.orderNumber,
    customerId: request.customerId,
    status: 'pending',
    // Where there is nothing to pay, it is paid.
    paymentStatus: isFree ? 'paid' : 'unpaid',
    paymentMethod: request.paymentMethod,
    currency,
    ...priced,
    amountPaid: 0,
    amountRefunded: 0,
    email: request.email,
    shippingAddress: request.shippingAddress,
    billingAddress: request.billingAddress,
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

function assertPrices(items: readonly RequestedLine[], stock: BatchStock): void {
  const changed = items.flatMap(({ productId, unitPrice }, i) => {
    const currentPrice = stock.find(productId)!.price;
    return unitPrice === undefined || unitPrice === currentPrice
      ? []
      : [{ pointer: `#/items/${i}/unitPrice`, productId, unitPrice, currentPrice }];
  });
  if (changed.length > 0) throw new PriceChanged(changed);
}

/** Lines of one product become one line, so that they are checked against the same stock together. */
function mergedLines(items: readonly RequestedLine[]): { readonly productId: string; readonly quantity: number }[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities].map(([productId, quantity]) => {
    if (quantity > MAX_LINE_QUANTITY)
      throw new OrderTooLarge(`${quantity} units of one product are more than ${MAX_LINE_QUANTITY}.`);
    return { productId, quantity };
  });
}

function assertStock(requested: readonly RequestedLine[], lines: readonly OrderLine[], stock: BatchStock): void {
  const short = lines.flatMap(({ productId, quantity }) => {
    const available = stock.available(productId);
    if (quantity <= available) return [];
    return [
      {
        pointer: `#/items/${requested.findIndex((line) => line.productId === productId)}/quantity`,
        productId,
        requested: quantity,
        available,
      },
    ];
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
