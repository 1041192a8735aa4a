import { Module } from '@nestjs/common';
import { PaymentsModule } from '../payments/payments.module.js';
import { WebhooksInController } from './api/webhooks-in.controller.js';
import { ApplyNotice } from './application/apply-notice.js';
import { Notices } from './application/notices.js';
import { RecordNoticeHandler } from './application/record-notice.js';
import { NoticeData } from './infrastructure/notice-data.sql.js';
import { SqlNotices } from './infrastructure/notices.sql.js';

@Module({
  imports: [PaymentsModule],
  controllers: [WebhooksInController],
  providers: [NoticeData, RecordNoticeHandler, ApplyNotice, { provide: Notices, useClass: SqlNotices }],
})
export class WebhooksModule {}
