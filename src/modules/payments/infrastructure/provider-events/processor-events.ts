import { Injectable } from '@nestjs/common';
import { Inbox, type MessageEffect, type MessageSignature, type MessageSource } from '#modules/inbox/contract.js';
import { PaymentSettings, type Processor } from '../../settings.js';
import { isId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import { currencyCode, MAX_AMOUNT } from '#kernel/money.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import {
  ApplyProcessorEvent,
  OTHER_PROCESSOR,
  type ProcessorEvent,
} from '../../application/provider-events/apply-processor-event.js';

/** The inbox source of the processor that is named `default`, and the beginning of those of the others. */
export const PROCESSOR_SOURCE = 'payments';

const kinds = {
  'payment.succeeded': 'succeeded',
  'payment.failed': 'failed',
  'payment.refunded': 'refunded',
} as const satisfies Readonly<Record<string, ProcessorEvent['kind']>>;

/** The processors that we do not call ourselves, each a source of its own: two of them never share the ids of events. */
@Injectable()
export class ProcessorEvents {
  constructor(
    { paymentWebhookSecrets: secrets, processors }: PaymentSettings,
    inbox: Inbox,
    processor: ApplyProcessorEvent,
  ) {
    const fallback = { name: OTHER_PROCESSOR, secrets, header: 'x-signature', format: 'timestamped' } as const;
    inbox.register(new ProcessorSource(PROCESSOR_SOURCE, fallback, processor));
    for (const named of processors)
      inbox.register(new ProcessorSource(`${PROCESSOR_SOURCE}/${named.name}`, named, processor));
  }
}

/** Reads what a processor says about an order. */
class ProcessorSource implements MessageSource {
  readonly signature: MessageSignature;
  private readonly processor: string;

  constructor(
    readonly name: string,
    { name: processor, secrets, header, format }: Processor,
    private readonly events: ApplyProcessorEvent,
  ) {
    this.processor = processor;
    this.signature = { header, secrets, prefix: format === 'hex' ? null : (timestamp) => `t=${timestamp}.` };
  }

  handles(type: string): boolean {
    return type in kinds;
  }

  async apply(tx: Tx, type: string, message: JsonObject, cause: Cause): Promise<MessageEffect> {
    const kind = kinds[type as keyof typeof kinds];
    const read = processorEventOf(this.processor, kind, message);
    return typeof read === 'string' ? { kind: 'needs_review', detail: read } : this.events.apply(tx, read, cause);
  }
}

/** The event, or what is wrong with it. */
function processorEventOf(
  processor: string,
  kind: ProcessorEvent['kind'],
  message: JsonObject,
): ProcessorEvent | string {
  const { orderId, orderNumber, amount, currency, reference } = (message['data'] ?? {}) as Record<string, unknown>;
  const code = typeof currency === 'string' ? currencyCode(currency) : null;
  if (!Number.isSafeInteger(amount) || (amount as number) <= 0 || (amount as number) > MAX_AMOUNT)
    return 'The message carries no amount in minor units.';
  if (!code) return 'The message carries no ISO 4217 currency.';
  const named = typeof reference === 'string' && reference !== '' ? reference : (message['id'] as string);
  const about = { processor, kind, amount: amount as number, currency: code, reference: named.slice(0, 255) };
  if (typeof orderId === 'string') {
    return isId(orderId.toLowerCase())
      ? { ...about, order: { id: orderId.toLowerCase() } }
      : `${orderId.slice(0, 64)} is no order id of ours.`;
  }
  if (typeof orderNumber === 'string' && orderNumber !== '')
    return { ...about, order: { orderNumber: orderNumber.slice(0, 255) } };
  return 'The message names no order.';
}
