import { Module } from '@nestjs/common';
import { OrdersModule } from '../orders/orders.module.js';
import { PaymentsController } from './api/payments.controller.js';
import { ApplyVerdict, VerdictMetrics } from './application/apply-verdict.js';
import {
  CapturePaymentAtProvider,
  ConfirmPaymentAtProvider,
  FinishCreatingIntent,
  RefundPaymentAtProvider,
  VoidPaymentAtProvider,
} from './application/ask-provider.js';
import { ConfirmIntentHandler } from './application/confirm-intent.js';
import { CreateIntentHandler, CreatePendingPaymentHandler } from './application/create-intent.js';
import { CapturePaymentOfCompletedOrder, VoidPaymentOfCanceledOrder } from './application/follow-orders.js';
import { PaymentProvider } from './application/payment-provider.js';
import { Payments } from './application/payments.js';
import { SettleRefund } from './application/settle-refund.js';
import { PaymentReferences, ProviderNotices } from './contract.js';
import { PaymentData } from './infrastructure/payment-data.js';
import { SqlPayments } from './infrastructure/payments.sql.js';
import { StripeNotices } from './infrastructure/stripe-notices.js';
import { StripePaymentProvider } from './infrastructure/stripe-payment-provider.js';
import { PrometheusVerdictMetrics } from './infrastructure/verdict-metrics.js';

@Module({
  imports: [OrdersModule],
  controllers: [PaymentsController],
  providers: [
    CreateIntentHandler,
    CreatePendingPaymentHandler,
    ConfirmIntentHandler,
    ApplyVerdict,
    SettleRefund,
    FinishCreatingIntent,
    ConfirmPaymentAtProvider,
    CapturePaymentAtProvider,
    VoidPaymentAtProvider,
    RefundPaymentAtProvider,
    VoidPaymentOfCanceledOrder,
    CapturePaymentOfCompletedOrder,
    PaymentData,
    { provide: PaymentReferences, useExisting: PaymentData },
    { provide: Payments, useClass: SqlPayments },
    { provide: PaymentProvider, useClass: StripePaymentProvider },
    { provide: ProviderNotices, useClass: StripeNotices },
    { provide: VerdictMetrics, useClass: PrometheusVerdictMetrics },
  ],
  exports: [ProviderNotices, PaymentReferences],
})
export class PaymentsModule {}
