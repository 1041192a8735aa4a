import { Module } from '@nestjs/common';
import { PaymentsModule } from '#modules/payments/payments.module.js';
import { DeliveriesController } from './api/deliveries.controller.js';
import { EndpointsController } from './api/endpoints.controller.js';
import { EventsController } from './api/events.controller.js';
import { InboxController } from '#modules/inbox/api/inbox.controller.js';
import { WebhooksInController } from '#modules/inbox/api/receive.controller.js';
import { ApplyMessage } from '#modules/inbox/application/apply-message.js';
import { FanOutDormancy } from './application/fan-out-dormancy.js';
import { ChangeEndpointHandler } from './application/change-endpoint.js';
import { CreateEndpointHandler } from './application/create-endpoint.js';
import { DeleteEndpointHandler } from './application/delete-endpoint.js';
import { DeliverToEndpoint } from './application/deliver-to-endpoint.js';
import { Deliveries } from './application/deliveries.js';
import { DeliveryMetrics } from './application/delivery-metrics.js';
import { Dispatch } from './application/dispatch.js';
import { Endpoints } from './application/endpoints.js';
import { FanOutToEndpoints } from './application/fan-out.js';
import { KnownEndpoints } from './application/known-endpoints.js';
import { MessageMetrics, Messages } from '#modules/inbox/application/messages.js';
import { PostPaymentOutcome } from './application/post-payment-outcome.js';
import { ReceiveMessageHandler } from '#modules/inbox/application/receive-message.js';
import { QueueMissedEvents, RecoverEndpointHandler } from './application/recover-endpoint.js';
import { RedeliverHandler } from './application/redeliver.js';
import { ReplayMessageHandler } from '#modules/inbox/application/replay-message.js';
import { RotateEndpointSecretHandler } from './application/rotate-endpoint-secret.js';
import { SendTestToEndpoint } from './application/send-test.js';
import { TestEndpointHandler } from './application/test-endpoint.js';
import { WebhookClient } from './application/webhook-client.js';
import { SqlDeliveries } from './infrastructure/deliveries.sql.js';
import { PrometheusDeliveryMetrics } from './infrastructure/delivery-metrics.js';
import { EndpointRefresh } from './infrastructure/endpoint-refresh.js';
import { SqlEndpoints } from './infrastructure/endpoints.sql.js';
import { HttpWebhookClient } from './infrastructure/http-webhook-client.js';
import { MessageData } from './infrastructure/message-data.sql.js';
import { InboxData } from '#modules/inbox/infrastructure/message-data.sql.js';
import { PrometheusMessageMetrics } from '#modules/inbox/infrastructure/message-metrics.js';
import { OldDeliveries } from './infrastructure/old-deliveries.sql.js';
import { SqlMessages } from '#modules/inbox/infrastructure/messages.sql.js';

@Module({
  imports: [PaymentsModule],
  controllers: [WebhooksInController, InboxController, EndpointsController, DeliveriesController, EventsController],
  providers: [
    InboxData,
    MessageData,
    OldDeliveries,
    ReceiveMessageHandler,
    ReplayMessageHandler,
    ApplyMessage,
    PostPaymentOutcome,
    CreateEndpointHandler,
    ChangeEndpointHandler,
    DeleteEndpointHandler,
    RotateEndpointSecretHandler,
    TestEndpointHandler,
    RecoverEndpointHandler,
    RedeliverHandler,
    FanOutDormancy,
    KnownEndpoints,
    EndpointRefresh,
    Dispatch,
    FanOutToEndpoints,
    SendTestToEndpoint,
    QueueMissedEvents,
    DeliverToEndpoint,
    { provide: Endpoints, useClass: SqlEndpoints },
    { provide: Deliveries, useClass: SqlDeliveries },
    { provide: DeliveryMetrics, useClass: PrometheusDeliveryMetrics },
    { provide: Messages, useClass: SqlMessages },
    { provide: MessageMetrics, useClass: PrometheusMessageMetrics },
    { provide: WebhookClient, useClass: HttpWebhookClient },
  ],
  exports: [Endpoints],
})
export class WebhooksModule {}
