import { Module } from '@nestjs/common';
import { BalancesModule } from '#modules/balances/balances.module.js';
import { OrdersModule } from '#modules/orders/orders.module.js';
import { IntentsController } from './api/intents.controller.js';
import { ReconciliationsController } from './api/reconciliations.controller.js';
import { ApplyProcessorNotice } from './application/apply-processor-event.js';
import { CancelPaymentHandler } from './application/cancel-payment.js';
import { CapturePaymentHandler } from './application/capture-payment.js';
import { HealDifference } from './application/resolve-discrepancy.js';
import { Reconcile } from './application/reconcile.js';
import { OurBooks, ReconciliationMetrics, Reconciliations } from './application/reconciliations.js';
import { RefundUnwantedMoneyAgain } from './application/retry-refund.js';
import { RefundPaymentHandler } from './application/refund-payment.js';
import { Refunds } from './application/refunds.js';
import { RequestReconciliationHandler } from './application/request-reconciliation.js';
import { RoomForPayment } from './application/payment-slot.js';
import { TakePaymentHandler } from './application/take-payment.js';
import { NoticesOfAll } from './infrastructure/all-provider-events.js';
import { SqlOurBooks } from './infrastructure/our-books.sql.js';
import { SqlOutcomeAddresses } from './infrastructure/outcome-addresses.sql.js';
import { ProcessorNotices } from './infrastructure/processor-events.js';
import { PrometheusReconciliationMetrics } from './infrastructure/reconciliation-metrics.js';
import { ReconciliationSchedule } from './infrastructure/reconciliation-schedule.js';
import { SqlReconciliations } from './infrastructure/reconciliations.sql.js';
import { SqlRefunds } from './infrastructure/refunds.sql.js';
import { PaymentsController } from './api/payments.controller.js';
import { ApplyVerdict, VerdictMetrics } from './application/apply-provider-state.js';
import { CapturePaymentAtProvider, ConfirmPaymentAtProvider, FinishCreatingIntent, VoidPaymentAtProvider } from './application/call-provider.js';
import { LookUpRefunds, RefundPaymentAtProvider } from './application/call-provider-for-refunds.js';
import { ConfirmIntentHandler } from './application/confirm-intent.js';
import { CreateIntentHandler, CreatePendingPaymentHandler } from './application/create-intent.js';
import { BalancePayments, CapturePaymentOfCompletedOrder, RecordPaymentFromKeeper, VoidPaymentOfCanceledOrder } from './application/follow-orders.js';
import { PaymentProvider } from './application/payment-provider.js';
import { Payments } from './application/payments.js';
import { SettleRefund } from './application/settle-refund.js';
import { OutcomeAddresses, PaymentReferences, ProviderNotices } from './contract.js';
import { PaymentData } from './infrastructure/payment-data.js';
import { SqlPayments } from './infrastructure/payments.sql.js';
import { StripeNotices } from './infrastructure/stripe-events.js';
import { StripePaymentProvider } from './infrastructure/stripe-payment-provider.js';
import { PrometheusVerdictMetrics } from './infrastructure/payment-metrics.js';

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
    RoomForPayment,
    ApplyProcessorNotice,
    Reconcile,
    LookUpRefunds,
    RefundUnwantedMoneyAgain,
    HealDifference,
    ReconciliationSchedule,
    StripeNotices,
    ProcessorNotices,
    ApplyVerdict,
    SettleRefund,
    FinishCreatingIntent,
    ConfirmPaymentAtProvider,
    CapturePaymentAtProvider,
    VoidPaymentAtProvider,
    RefundPaymentAtProvider,
    VoidPaymentOfCanceledOrder,
    CapturePaymentOfCompletedOrder,
    BalancePayments,
    RecordPaymentFromKeeper,
    PaymentData,
    { provide: PaymentReferences, useExisting: PaymentData },
    { provide: Payments, useClass: SqlPayments },
    { provide: PaymentProvider, useClass: StripePaymentProvider },
    { provide: ProviderNotices, useClass: NoticesOfAll },
    { provide: OutcomeAddresses, useClass: SqlOutcomeAddresses },
    { provide: Refunds, useClass: SqlRefunds },
    { provide: Reconciliations, useClass: SqlReconciliations },
    { provide: OurBooks, useClass: SqlOurBooks },
    { provide: ReconciliationMetrics, useClass: PrometheusReconciliationMetrics },
    { provide: VerdictMetrics, useClass: PrometheusVerdictMetrics },
  ],
  exports: [ProviderNotices, PaymentReferences, OutcomeAddresses],
})
export class PaymentsModule {}
