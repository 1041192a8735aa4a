import { Injectable } from '@nestjs/common';
import type { Cause } from '#ports/events.js';
import { isId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import { currencyCode, MAX_AMOUNT } from '#kernel/money.js';
import type { Tx } from '#ports/tx.js';
import { ApplyProcessorEvent, type ProcessorEvent } from '../application/apply-processor-event.js';
import { ProviderEvents, type MessageEffect } from '../contract.js';

/** Reads the notices of processors that we do not call ourselves: `payment.succeeded` and `payment.failed` about an order. */
@Injectable()
export class ProcessorEvents extends ProviderEvents {
  constructor(private readonly processor: ApplyProcessorEvent) {
    super();
  }

  override handles(provider: string, type: string): boolean {
    return provider === 'payments' && (type === 'payment.succeeded' || type === 'payment.failed');
  }

  override async apply(tx: Tx, _provider: string, type: string, notice: JsonObject, cause: Cause): Promise<MessageEffect> {
    const read = processorEventOf(type, notice['data']);
    return typeof read === 'string' ? { kind: 'needs_review', detail: read } : this.processor.apply(tx, read, cause);
  }
}

/** The notice, or what is wrong with it. */
function processorEventOf(type: string, data: unknown): ProcessorEvent | string {
  const { orderId, orderNumber, amount, currency } = (data ?? {}) as Record<string, unknown>;
  const code = typeof currency === 'string' ? currencyCode(currency) : null;
  if (!Number.isSafeInteger(amount) || (amount as number) <= 0 || (amount as number) > MAX_AMOUNT) return 'The notice carries no amount in minor units.';
  if (!code) return 'The notice carries no ISO 4217 currency.';
  const about = { succeeded: type === 'payment.succeeded', amount: amount as number, currency: code };
  if (typeof orderId === 'string') {
    return isId(orderId.toLowerCase()) ? { ...about, order: { id: orderId.toLowerCase() } } : `${orderId.slice(0, 64)} is no order id of ours.`;
  }
  if (typeof orderNumber === 'string' && orderNumber !== '') return { ...about, order: { orderNumber: orderNumber.slice(0, 255) } };
  return 'The notice names no order.';
}
