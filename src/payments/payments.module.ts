import { Module } from '@nestjs/common';
import { BalancesModule } from '../balances/balances.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { IntentsController } from './api/intents.controller.js';
import { ReconciliationsController } from './api/reconciliations.controller.js';
import { ApplyProcessorNotice } from './application/apply-processor-notice.js';
import { CancelPaymentHandler } from './application/cancel-payment.js';
import { CapturePaymentHandler } from './application/capture-payment.js';
import { HealDifference } from './application/heal-difference.js';
import { Reconcile } from './application/reconcile.js';
import { OurBooks, ReconciliationMetrics, Reconciliations } from './application/reconciliations.js';
import { RefundUnwantedMoneyAgain } from './application/refund-again.js';
import { RefundPaymentHandler } from './application/refund-payment.js';
import { Refunds } from './application/refunds.js';
import { RequestReconciliationHandler } from './application/request-reconciliation.js';
import { RoomForPayment } from './application/room-for-payment.js';
import { TakePaymentHandler } from './application/take-payment.js';
import { NoticesOfAll } from './infrastructure/notices-of-all.js';
import { SqlOurBooks } from './infrastructure/our-books.sql.js';
import { SqlOutcomeAddresses } from './infrastructure/outcome-addresses.sql.js';
import { ProcessorNotices } from './infrastructure/processor-notices.js';
import { PrometheusReconciliationMetrics } from './infrastructure/reconciliation-metrics.js';
import { ReconciliationSchedule } from './infrastructure/reconciliation-schedule.js';
import { SqlReconciliations } from './infrastructure/reconciliations.sql.js';
import { SqlRefunds } from './infrastructure/refunds.sql.js';
import { PaymentsController } from './api/payments.controller.js';
import { ApplyVerdict, VerdictMetrics } from './application/apply-verdict.js';
import { CapturePaymentAtProvider, ConfirmPaymentAtProvider, FinishCreatingIntent, VoidPaymentAtProvider } from './application/ask-provider.js';
import { LookUpRefunds, RefundPaymentAtProvider } from './application/ask-provider-for-refunds.js';
import { ConfirmIntentHandler } from './application/confirm-intent.js';
import { CreateIntentHandler, CreatePendingPaymentHandler } from './application/create-intent.js';
import { BalancePayments, CapturePaymentOfCompletedOrder, RecordPaymentFromKeeper, VoidPaymentOfCanceledOrder } from './application/follow-orders.js';
import { PaymentProvider } from './application/payment-provider.js';
import { Payments } from './application/payments.js';
import { SettleRefund } from './application/settle-refund.js';
import { OutcomeAddresses, PaymentReferences, ProviderNotices } from './contract.js';
import { PaymentData } from './infrastructure/payment-data.js';
import { SqlPayments } from './infrastructure/payments.sql.js';
import { StripeNotices } from './infrastructure/stripe-notices.js';
import { StripePaymentProvider } from './infrastructure/stripe-payment-provider.js';
import { PrometheusVerdictMetrics } from './infrastructure/verdict-metrics.js';

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
