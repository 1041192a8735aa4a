import { to, type RecipientConsumerClass, type Subscription } from '#platform/outbox/subscriptions.js';
import type { AnyEvent, EventMap } from './event-catalog.js';
import {
  CaptureAtBalanceService,
  PreorderAtBalanceService,
  ReleaseAtBalanceService,
} from '#modules/balances/application/call-balance-service.js';
import { ErasePersonalData } from '#modules/access/application/erase-personal-data.js';
import { NoteBalanceOnOrder } from '#modules/orders/application/follow-balance.js';
import { DetachAtProvider, ForgetCustomerAtProvider } from '#modules/payments/application/method/forget-at-provider.js';
import { CapturePaymentAtProvider } from '#modules/payments/application/payment/capture-at-provider.js';
import { ConfirmPaymentAtProvider } from '#modules/payments/application/payment/confirm-at-provider.js';
import { FinishCreatingIntent } from '#modules/payments/application/payment/finish-creating-intent.js';
import { VoidPaymentAtProvider } from '#modules/payments/application/payment/void-at-provider.js';
import { LookUpObject } from '#modules/payments/application/provider-events/look-up-object.js';
import { LookUpRefunds } from '#modules/payments/application/refund/look-up-refunds.js';
import { RefundPaymentAtProvider } from '#modules/payments/application/refund/refund-at-provider.js';
import { CapturePaymentOfCompletedOrder } from '#modules/payments/application/payment/capture-payment-of-completed-order.js';
import { RecordPaymentFromBalanceService } from '#modules/payments/application/payment/record-payment-from-balance-service.js';
import { VoidPaymentOfCanceledOrder } from '#modules/payments/application/payment/void-payment-of-canceled-order.js';
import { ResolveDiscrepancy } from '#modules/payments/application/reconciliation/resolve-discrepancy.js';
import { RetryUnwantedRefund } from '#modules/payments/application/refund/retry-unwanted-refund.js';
import { Reconcile } from '#modules/payments/application/reconciliation/reconcile.js';
import { ApplyMessage } from '#modules/inbox/application/apply-message.js';
import { DeliverToEndpoint } from '#modules/webhooks/application/deliver-to-endpoint.js';
import { FanOutToEndpoints } from '#modules/webhooks/application/fan-out.js';
import { PostPaymentOutcome } from '#modules/webhooks/application/post-payment-outcome.js';
import { QueueMissedEvents } from '#modules/webhooks/application/recover-endpoint.js';
import { SendTestToEndpoint } from '#modules/webhooks/application/send-test.js';

/** A message may be earlier than the commit of what it is about: first looked at again soon, then for about two hours. */
const early = { attempts: 260, firstDelaySeconds: 0.2, maxDelaySeconds: 30 };

/** A provider that was down is asked again within a minute of its return; given up after about four hours. */
const provider = { attempts: 260, firstDelaySeconds: 1, maxDelaySeconds: 60 };

/** What delivers to merchants decides itself when it tries again (WEBHOOK_RETRY_SCHEDULE). */
const ownSchedule = { attempts: 1000, firstDelaySeconds: 5, maxDelaySeconds: 86_400 };

/**
 * Event type -> consumers. The asynchronous half of the program: the compiler asks for every type, and for consumers that
 * accept it.
 */
export const subscriptions: { readonly [Type in keyof EventMap]: readonly Subscription<AnyEvent<Type>>[] } = {
  'user.registered': [],
  'user.changed': [],
  'user.role_changed': [],
  'user.status_changed': [],
  'user.password_changed': [],
  'user.mfa_enrolled': [],
  'user.mfa_removed': [],
  'user.erased': [],
  'customer.erasure_requested': [to(ErasePersonalData, { concurrency: 1 })],
  'customer.erased': [],
  'session.started': [],
  'session.refused': [],
  'session.ended': [],
  'session.refresh_reused': [],
  'api_key.created': [],
  'api_key.revoked': [],

  'product.created': [to(FanOutToEndpoints)],
  'product.updated': [to(FanOutToEndpoints)],
  'product.deleted': [to(FanOutToEndpoints)],
  'product.stock_adjusted': [to(FanOutToEndpoints)],

  'tariff.published': [to(FanOutToEndpoints)],

  'balance.deposited': [to(FanOutToEndpoints)],
  'balance.withdrawn': [to(FanOutToEndpoints)],
  'balance.blocked': [to(FanOutToEndpoints)],
  'balance.captured': [to(FanOutToEndpoints)],
  'balance.released': [to(FanOutToEndpoints)],
  'balance.refunded': [to(FanOutToEndpoints)],
  'balance.block_requested': [to(PreorderAtBalanceService, { retry: provider, concurrency: 16 })],
  'balance.block_refused': [to(NoteBalanceOnOrder)],
  'balance.hold_settled': [to(NoteBalanceOnOrder), to(RecordPaymentFromBalanceService)],
  'balance.capture_requested': [to(CaptureAtBalanceService, { retry: provider })],
  'balance.release_requested': [to(ReleaseAtBalanceService, { retry: provider })],

  'order.placed': [to(FanOutToEndpoints)],
  'order.completed': [to(CapturePaymentOfCompletedOrder, { concurrency: 128 }), to(FanOutToEndpoints)],
  'order.canceled': [to(VoidPaymentOfCanceledOrder), to(FanOutToEndpoints)],

  'payment.created': [to(FinishCreatingIntent, { delaySeconds: 30, retry: provider, concurrency: 32 })],
  'payment.confirmation_requested': [to(ConfirmPaymentAtProvider, { concurrency: 32, retry: provider })],
  'payment.processing': [to(FanOutToEndpoints)],
  'payment.requires_action': [to(FanOutToEndpoints)],
  'payment.authorized': [to(FanOutToEndpoints)],
  'payment.capture_requested': [to(CapturePaymentAtProvider, { retry: provider })],
  'payment.capture_failed': [],
  'payment.succeeded': [to(FanOutToEndpoints)],
  'payment.failed': [to(FanOutToEndpoints)],
  'payment.void_requested': [to(VoidPaymentAtProvider, { retry: provider })],
  'payment.canceled': [to(FanOutToEndpoints)],
  'payment.refund_requested': [to(RefundPaymentAtProvider, { retry: provider })],
  'payment.refunded': [to(FanOutToEndpoints)],
  'payment.disputed': [to(FanOutToEndpoints)],
  'payment.dispute_updated': [],
  'payment.dispute_closed': [to(FanOutToEndpoints)],
  'payment.refund_failed': [to(RetryUnwantedRefund, { delaySeconds: 600 })],
  'payment.refunds_unknown': [to(LookUpRefunds, { retry: provider })],
  'payment.contradicted': [],
  'payment.outcome_decided': [to(PostPaymentOutcome, { retry: ownSchedule, concurrency: 32 })],

  'payment_method.saved': [to(FanOutToEndpoints)],
  'payment_method.failed': [],
  'payment_method.detached': [to(DetachAtProvider, { retry: provider }), to(FanOutToEndpoints)],
  'payment_method.detach_requested': [to(DetachAtProvider, { retry: provider })],
  'provider_customer.forgotten': [to(ForgetCustomerAtProvider, { retry: provider })],

  'provider_object.lookup_requested': [to(LookUpObject, { retry: provider })],

  'reconciliation.requested': [to(Reconcile, { retry: { attempts: 10, firstDelaySeconds: 5, maxDelaySeconds: 300 } })],
  'reconciliation.discrepancy_found': [
    to(ResolveDiscrepancy, { retry: { attempts: 4, firstDelaySeconds: 0.5, maxDelaySeconds: 60 } }),
  ],
  'reconciliation.finished': [],

  'inbox.received': [to(ApplyMessage, { retry: early, concurrency: 128 })],
  'inbox.replay_requested': [to(ApplyMessage, { retry: early, concurrency: 128 })],
  'inbox.needs_review': [],
  'inbox.unmatched': [],

  'webhook.test': [to(SendTestToEndpoint)],
  'webhook_endpoint.created': [],
  'webhook_endpoint.updated': [],
  'webhook_endpoint.deleted': [],
  'webhook_endpoint.secret_rotated': [],
  'webhook_endpoint.disabled': [to(FanOutToEndpoints)],
  'webhook_endpoint.recovery_requested': [to(QueueMissedEvents)],
  'webhook_endpoint.recovery_continued': [to(QueueMissedEvents)],

  'dead_letter.retried': [],
  'dead_letter.discarded': [],
};

/** Consumers that have a queue for each of many recipients. */
export const recipientConsumers: readonly RecipientConsumerClass[] = [DeliverToEndpoint];
