import { Injectable } from '@nestjs/common';
import { Inbox, type MessageEffect, type MessageSignature, type MessageSource } from '#modules/inbox/contract.js';
import { PaymentSettings } from '../../settings.js';
import { isId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import { currencyCode, MAX_AMOUNT } from '#kernel/money.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { ApplyProcessorEvent, type ProcessorEvent } from '../../application/provider-events/apply-processor-event.js';

/** Reads the events of processors that we do not call ourselves: `payment.succeeded` and `payment.failed` about an order. */
@Injectable()
export class ProcessorEvents implements MessageSource {
  readonly name = 'payments';
  readonly signature: MessageSignature;
  readonly mayHoldCardLikeNumbers = false;

  constructor(
    settings: PaymentSettings,
    inbox: Inbox,
    private readonly processor: ApplyProcessorEvent,
  ) {
    const { paymentWebhookSecrets: secrets } = settings;
    this.signature = { header: 'x-signature', prefix: (timestamp) => `t=${timestamp}.`, secrets };
    inbox.register(this);
  }

  handles(type: string): boolean {
    return type === 'payment.succeeded' || type === 'payment.failed';
  }

  async apply(tx: Tx, type: string, message: JsonObject, cause: Cause): Promise<MessageEffect> {
    const read = processorEventOf(type, message['data']);
    return typeof read === 'string' ? { kind: 'needs_review', detail: read } : this.processor.apply(tx, read, cause);
  }
}

/** The event, or what is wrong with it. */
function processorEventOf(type: string, data: unknown): ProcessorEvent | string {
  const { orderId, orderNumber, amount, currency } = (data ?? {}) as Record<string, unknown>;
  const code = typeof currency === 'string' ? currencyCode(currency) : null;
  if (!Number.isSafeInteger(amount) || (amount as number) <= 0 || (amount as number) > MAX_AMOUNT)
    return 'The message carries no amount in minor units.';
  if (!code) return 'The message carries no ISO 4217 currency.';
  const about = { succeeded: type === 'payment.succeeded', amount: amount as number, currency: code };
  if (typeof orderId === 'string') {
    return isId(orderId.toLowerCase())
      ? { ...about, order: { id: orderId.toLowerCase() } }
      : `${orderId.slice(0, 64)} is no order id of ours.`;
  }
  if (typeof orderNumber === 'string' && orderNumber !== '')
    return { ...about, order: { orderNumber: orderNumber.slice(0, 255) } };
  return 'The message names no order.';
}
