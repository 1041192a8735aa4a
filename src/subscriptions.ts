import { to, type Subscription } from '#platform/outbox/subscriptions.js';
import type { AccessEventType } from '#access/contract.js';
import type { OrderEventType } from '#orders/contract.js';
import {
  CapturePaymentAtProvider,
  ConfirmPaymentAtProvider,
  FinishCreatingIntent,
  RefundPaymentAtProvider,
  VoidPaymentAtProvider,
} from '#payments/application/ask-provider.js';
import { CapturePaymentOfCompletedOrder, VoidPaymentOfCanceledOrder } from '#payments/application/follow-orders.js';
import type { PaymentEventType } from '#payments/contract.js';
import type { ProductEventType } from '#products/contract.js';
import { ApplyNotice } from '#webhooks/application/apply-notice.js';
import type { WebhookEventType } from '#webhooks/contract.js';

export type EventType = AccessEventType | ProductEventType | OrderEventType | PaymentEventType | WebhookEventType;

/** A notice may be earlier than the commit of what it is about: first looked at again soon, then for about two hours. */
const early = { attempts: 40, firstDelaySeconds: 0.2, maxDelaySeconds: 300 };

/** Event type -> who reacts. The asynchronous half of the program; the compiler asks for every type. */
export const subscriptions: Readonly<Record<EventType, readonly Subscription[]>> = {
  'user.registered': [],
  'user.changed': [],
  'user.role_changed': [],
  'user.erased': [],
  'session.started': [],
  'session.refused': [],
  'session.ended': [],
  'session.refresh_reused': [],
  'api_key.created': [],
  'api_key.revoked': [],

  'product.created': [],
  'product.updated': [],
  'product.deleted': [],
  'product.stock_adjusted': [],

  'order.placed': [],
  'order.completed': [to(CapturePaymentOfCompletedOrder)],
  'order.canceled': [to(VoidPaymentOfCanceledOrder)],

  'payment.created': [to(FinishCreatingIntent, { delaySeconds: 30 })],
  'payment.confirmation_requested': [to(ConfirmPaymentAtProvider, { concurrency: 16 })],
  'payment.processing': [],
  'payment.authorized': [],
  'payment.capture_requested': [to(CapturePaymentAtProvider)],
  'payment.succeeded': [],
  'payment.failed': [],
  'payment.void_requested': [to(VoidPaymentAtProvider)],
  'payment.canceled': [],
  'payment.refund_requested': [to(RefundPaymentAtProvider)],
  'payment.refunded': [],
  'payment.refund_failed': [],
  'payment.contradicted': [],

  'notice.received': [to(ApplyNotice, { retry: early })],
};
