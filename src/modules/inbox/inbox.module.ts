import { Module } from '@nestjs/common';
import './scopes.js';
import { InboxController } from './api/inbox.controller.js';
import { MessageIntake } from './api/message-intake.js';
import { ApplyMessage } from './application/apply-message.js';
import { MessageSources } from './application/message-sources.js';
import { Messages } from './application/messages.js';
import { ReceiveMessagesHandler } from './application/receive-message.js';
import { ReplayMessageHandler } from './application/replay-message.js';
import { Inbox } from './contract.js';
import { SqlMessages } from './infrastructure/messages.sql.js';
import { InboxData } from './infrastructure/message-data.sql.js';
import { InboxMetrics } from './metrics.js';

@Module({
  controllers: [InboxController],
  providers: [
    MessageSources,
    ReceiveMessagesHandler,
    ReplayMessageHandler,
    ApplyMessage,
    { provide: Inbox, useClass: MessageIntake },
    { provide: Messages, useClass: SqlMessages },
    InboxMetrics,
    InboxData,
  ],
  exports: [Inbox],
})
export class InboxModule {}
