import { Module } from '@nestjs/common';
import './scopes.js';
import { BalancesModule } from '#modules/balances/balances.module.js';
import { InboxModule } from '#modules/inbox/inbox.module.js';
import { OrdersModule } from '#modules/orders/orders.module.js';
import { IntentsController } from './api/intents.controller.js';
import { PaymentMethodsController } from './api/payment-methods.controller.js';
import { PaymentQueue } from './api/payment-queue.js';
import { PaymentsController } from './api/payments.controller.js';
import { ProviderEventsController } from './api/provider-events.controller.js';
import { RefundsController } from './api/refunds.controller.js';
import { ReconciliationsController } from './api/reconciliations.controller.js';
import { ApplyDispute } from './application/dispute/apply-dispute.js';
import { Disputes } from './application/disputes.js';
import { LockedPayments } from './application/locked-payments.js';
import { ApplySetup } from './application/method/apply-setup.js';
import { DetachPaymentMethodHandler } from './application/method/detach-payment-method.js';
import { DetachAtProvider, ForgetCustomerAtProvider } from './application/method/forget-at-provider.js';
import { PaymentMethodVault } from './application/method/payment-method-vault.js';
import { PaymentMethods } from './application/method/payment-methods.js';
import { ProviderCustomers } from './application/method/provider-customers.js';
import { RecordSetupHandler } from './application/method/record-setup.js';
import { SavePaymentMethodHandler } from './application/method/save-payment-method.js';
import { UsableMethod } from './application/method/usable-method.js';
import { PaymentProvider } from './application/payment-provider.js';
import { ApplyProviderState } from './application/payment/apply-provider-state.js';
import { AttachIntentHandler } from './application/payment/attach-intent.js';
import { BalancePayments } from './application/payment/balance-payments.js';
import { BeginPaymentHandler } from './application/payment/begin-payment.js';
import { CancelPaymentHandler } from './application/payment/cancel-payment.js';
import { CapturePaymentAtProvider } from './application/payment/capture-at-provider.js';
import { CapturePaymentOfCompletedOrder } from './application/payment/capture-payment-of-completed-order.js';
import { CapturePaymentHandler } from './application/payment/capture-payment.js';
import { ConfirmPaymentAtProvider } from './application/payment/confirm-at-provider.js';
import { ConfirmIntentHandler } from './application/payment/confirm-intent.js';
import { CreateIntentHandler } from './application/payment/create-intent.js';
import { FinishCreatingIntent } from './application/payment/finish-creating-intent.js';
import { PaymentsAhead } from './application/payment/payments-ahead.js';
import { PaymentSlot } from './application/payment/payment-slot.js';
import { RecordPaymentFromBalanceService } from './application/payment/record-payment-from-balance-service.js';
import { TakePromisedMoney } from './application/payment/take-promised-money.js';
import { TakePaymentHandler } from './application/payment/take-payment.js';
import { VoidPaymentAtProvider } from './application/payment/void-at-provider.js';
import { VoidPaymentOfCanceledOrder } from './application/payment/void-payment-of-canceled-order.js';
import { Payments } from './application/payments.js';
import { ApplyProcessorEvent } from './application/provider-events/apply-processor-event.js';
import { LookUpObject } from './application/provider-events/look-up-object.js';
import { Reconcile } from './application/reconciliation/reconcile.js';
import { OurBooks, Reconciliations } from './application/reconciliation/reconciliations.js';
import {
  ReconciliationRequests,
  RequestReconciliationHandler,
  ScheduleReconciliationHandler,
} from './application/reconciliation/request-reconciliation.js';
import { ResolveDiscrepancy } from './application/reconciliation/resolve-discrepancy.js';
import { RefundBook } from './application/refund-book.js';
import { LookUpRefunds } from './application/refund/look-up-refunds.js';
import { RecordRefundHandler } from './application/refund/record-refund.js';
import { RefundPaymentAtProvider } from './application/refund/refund-at-provider.js';
import { RefundPaymentHandler } from './application/refund/refund-payment.js';
import { RetryUnwantedRefund } from './application/refund/retry-unwanted-refund.js';
import { SettleRefund } from './application/refund/settle-refund.js';
import { Refunds } from './application/refunds.js';
import { OutcomeAddresses } from './contract.js';
import { SqlOutcomeAddresses } from './infrastructure/payment/outcome-addresses.sql.js';
import { DeclineLimit } from './application/payment/decline-limit.js';
import { SealedClientSecrets } from './infrastructure/payment/sealed-client-secrets.sql.js';
import { PaymentData } from './infrastructure/payment/payment-data.sql.js';
import { SqlDisputes } from './infrastructure/dispute/disputes.sql.js';
import { AbandonedPaymentMethods } from './infrastructure/method/abandoned-payment-methods.js';
import { PaymentMethodData } from './infrastructure/method/payment-method-data.sql.js';
import { SqlPaymentMethods } from './infrastructure/method/payment-methods.sql.js';
import { SqlPayments } from './infrastructure/payment/payments.sql.js';
import { ProcessorEvents } from './infrastructure/provider-events/processor-events.js';
import { StripeEvents } from './infrastructure/provider-events/stripe-events.js';
import { SqlOurBooks } from './infrastructure/reconciliation/our-books.sql.js';
import { SqlReconciliations } from './infrastructure/reconciliation/reconciliations.sql.js';
import { ReconciliationSchedule } from './infrastructure/reconciliation/schedule-reconciliation.js';
import { SqlRefunds } from './infrastructure/refund/refunds.sql.js';
import { StripeCalls } from './infrastructure/stripe/stripe-calls.js';
import { StripePaymentMethods } from './infrastructure/stripe/stripe-payment-methods.js';
import { StripePaymentProvider } from './infrastructure/stripe/stripe-payment-provider.js';
import { PaymentMetrics } from './metrics.js';

@Module({
  imports: [InboxModule, OrdersModule, BalancesModule],
  controllers: [
    IntentsController,
    PaymentMethodsController,
    PaymentsController,
    ProviderEventsController,
    ReconciliationsController,
    RefundsController,
  ],
  providers: [
    CreateIntentHandler,
    AttachIntentHandler,
    BeginPaymentHandler,
    ConfirmIntentHandler,
    TakePaymentHandler,
    CapturePaymentHandler,
    CancelPaymentHandler,
    RefundPaymentHandler,
    RecordRefundHandler,
    SavePaymentMethodHandler,
    RecordSetupHandler,
    DetachPaymentMethodHandler,
    ReconciliationRequests,
    RequestReconciliationHandler,
    ScheduleReconciliationHandler,
    LockedPayments,
    PaymentsAhead,
    PaymentQueue,
    ApplyDispute,
    TakePromisedMoney,
    RefundBook,
    PaymentSlot,
    ApplyProcessorEvent,
    Reconcile,
    LookUpRefunds,
    LookUpObject,
    RetryUnwantedRefund,
    ResolveDiscrepancy,
    ReconciliationSchedule,
    StripeEvents,
    ProcessorEvents,
    ApplyProviderState,
    SettleRefund,
    FinishCreatingIntent,
    ConfirmPaymentAtProvider,
    CapturePaymentAtProvider,
    VoidPaymentAtProvider,
    RefundPaymentAtProvider,
    VoidPaymentOfCanceledOrder,
    CapturePaymentOfCompletedOrder,
    BalancePayments,
    RecordPaymentFromBalanceService,
    PaymentData,
    PaymentMethodData,
    AbandonedPaymentMethods,
    ProviderCustomers,
    SealedClientSecrets,
    DeclineLimit,
    ApplySetup,
    UsableMethod,
    DetachAtProvider,
    ForgetCustomerAtProvider,
    { provide: Payments, useClass: SqlPayments },
    { provide: PaymentProvider, useClass: StripePaymentProvider },
    { provide: PaymentMethodVault, useClass: StripePaymentMethods },
    { provide: PaymentMethods, useClass: SqlPaymentMethods },
    { provide: OutcomeAddresses, useClass: SqlOutcomeAddresses },
    { provide: Refunds, useClass: SqlRefunds },
    { provide: Disputes, useClass: SqlDisputes },
    { provide: Reconciliations, useClass: SqlReconciliations },
    { provide: OurBooks, useClass: SqlOurBooks },
    PaymentMetrics,
    StripeCalls,
  ],
  exports: [OutcomeAddresses],
})
export class PaymentsModule {}
