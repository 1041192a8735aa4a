import { Module } from '@nestjs/common';
import { BalancesModule } from '#modules/balances/balances.module.js';
import { OrdersModule } from '#modules/orders/orders.module.js';
import { IntentsController } from './api/intents.controller.js';
import { ReconciliationsController } from './api/reconciliations.controller.js';
import { ApplyProcessorEvent } from './application/apply-processor-event.js';
import { CancelPaymentHandler } from './application/cancel-payment.js';
import { CapturePaymentHandler } from './application/capture-payment.js';
import { ResolveDiscrepancy } from './application/resolve-discrepancy.js';
import { Reconcile } from './application/reconcile.js';
import { OurBooks, ReconciliationMetrics, Reconciliations } from './application/reconciliations.js';
import { RetryUnwantedRefund } from './application/retry-refund.js';
import { RefundPaymentHandler } from './application/refund-payment.js';
import { Refunds } from './application/refunds.js';
import { RequestReconciliationHandler } from './application/request-reconciliation.js';
import { PaymentSlot } from './application/payment-slot.js';
import { TakePaymentHandler } from './application/take-payment.js';
import { AllProviderEvents } from './infrastructure/all-provider-events.js';
import { SqlOurBooks } from './infrastructure/our-books.sql.js';
import { SqlOutcomeAddresses } from './infrastructure/outcome-addresses.sql.js';
import { ProcessorEvents } from './infrastructure/processor-events.js';
import { PrometheusReconciliationMetrics } from './infrastructure/reconciliation-metrics.js';
import { ReconciliationSchedule } from './infrastructure/reconciliation-schedule.js';
import { SqlReconciliations } from './infrastructure/reconciliations.sql.js';
import { SqlRefunds } from './infrastructure/refunds.sql.js';
import { PaymentsController } from './api/payments.controller.js';
import { ApplyProviderState, PaymentMetrics } from './application/apply-provider-state.js';
import { CapturePaymentAtProvider, ConfirmPaymentAtProvider, FinishCreatingIntent, VoidPaymentAtProvider } from './application/call-provider.js';
import { LookUpRefunds, RefundPaymentAtProvider } from './application/call-provider-for-refunds.js';
import { ConfirmIntentHandler } from './application/confirm-intent.js';
import { CreateIntentHandler, CreatePendingPaymentHandler } from './application/create-intent.js';
import { BalancePayments, CapturePaymentOfCompletedOrder, RecordPaymentFromBalanceService, VoidPaymentOfCanceledOrder } from './application/follow-orders.js';
import { PaymentProvider } from './application/payment-provider.js';
import { Payments } from './application/payments.js';
import { SettleRefund } from './application/settle-refund.js';
import { OutcomeAddresses, PaymentReferences, ProviderEvents } from './contract.js';
import { PaymentData } from './infrastructure/payment-data.js';
import { SqlPayments } from './infrastructure/payments.sql.js';
import { StripeEvents } from './infrastructure/stripe-events.js';
import { StripePaymentProvider } from './infrastructure/stripe-payment-provider.js';
import { PrometheusPaymentMetrics } from './infrastructure/payment-metrics.js';

@Module({
  imports: [OrdersModule, BalancesModule],
  controllers: [IntentsController, PaymentsController, ReconciliationsController],
  providers: [
    CreateIntentHandler,
    CreatePendingPaymentHandler,
    ConfirmIntentHandler,
    TakePaymentHandler,
    CapturePaymentHandler,
    CancelPaymentHandler,
    RefundPaymentHandler,
    RequestReconciliationHandler,
    PaymentSlot,
    ApplyProcessorEvent,
    Reconcile,
    LookUpRefunds,
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
    { provide: PaymentReferences, useExisting: PaymentData },
    { provide: Payments, useClass: SqlPayments },
    { provide: PaymentProvider, useClass: StripePaymentProvider },
    { provide: ProviderEvents, useClass: AllProviderEvents },
    { provide: OutcomeAddresses, useClass: SqlOutcomeAddresses },
    { provide: Refunds, useClass: SqlRefunds },
    { provide: Reconciliations, useClass: SqlReconciliations },
    { provide: OurBooks, useClass: SqlOurBooks },
    { provide: ReconciliationMetrics, useClass: PrometheusReconciliationMetrics },
    { provide: PaymentMetrics, useClass: PrometheusPaymentMetrics },
  ],
  exports: [ProviderEvents, PaymentReferences, OutcomeAddresses],
})
export class PaymentsModule {}
