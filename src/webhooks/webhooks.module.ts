import { Module } from '@nestjs/common';
import { PaymentsModule } from '../payments/payments.module.js';
import { ReceiptsController } from './api/receipts.controller.js';
import { WebhooksInController } from './api/webhooks-in.controller.js';
import { ApplyNotice } from './application/apply-notice.js';
import { NoticeMetrics, Notices } from './application/notices.js';
import { PostPaymentOutcome } from './application/post-payment-outcome.js';
import { RecordNoticeHandler } from './application/record-notice.js';
import { ReplayNoticeHandler } from './application/replay-notice.js';
import { WebhookClient } from './application/webhook-client.js';
import { HttpWebhookClient } from './infrastructure/http-webhook-client.js';
import { NoticeData } from './infrastructure/notice-data.sql.js';
import { PrometheusNoticeMetrics } from './infrastructure/notice-metrics.js';
import { SqlNotices } from './infrastructure/notices.sql.js';

@Module({
  imports: [PaymentsModule],
  controllers: [WebhooksInController, ReceiptsController],
  providers: [
    NoticeData,
    RecordNoticeHandler,
    ReplayNoticeHandler,
    ApplyNotice,
    PostPaymentOutcome,
    { provide: Notices, useClass: SqlNotices },
    { provide: NoticeMetrics, useClass: PrometheusNoticeMetrics },
    { provide: WebhookClient, useClass: HttpWebhookClient },
  ],
})
export class WebhooksModule {}
