import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PaymentsModule } from '#modules/payments/payments.module.js';
import { DeliveriesController } from './api/deliveries.controller.js';
import { EndpointActionsController } from './api/endpoint-actions.controller.js';
import { EndpointsController } from './api/endpoints.controller.js';
import { EventsController } from './api/events.controller.js';
import { FanOutDormancy } from './application/fan-out-dormancy.js';
import { ChangeEndpointHandler } from './application/change-endpoint.js';
import { CreateEndpointHandler } from './application/create-endpoint.js';
import { DeleteEndpointHandler } from './application/delete-endpoint.js';
import { DeliverToEndpoint } from './application/deliver-to-endpoint.js';
import { Deliveries } from './application/deliveries.js';
import { Dispatch } from './application/dispatch.js';
import { Endpoints } from './application/endpoints.js';
import { FanOutToEndpoints } from './application/fan-out.js';
import { KnownEndpoints } from './application/known-endpoints.js';
import { PostPaymentOutcome } from './application/post-payment-outcome.js';
import { QueueMissedEvents, RecoverEndpointHandler } from './application/recover-endpoint.js';
import { RedeliverHandler } from './application/redeliver.js';
import { RotateEndpointSecretHandler } from './application/rotate-endpoint-secret.js';
import { SendTestToEndpoint } from './application/send-test.js';
import { TestEndpointHandler } from './application/test-endpoint.js';
import { WebhookClient } from './application/webhook-client.js';
import { SqlDeliveries } from './infrastructure/deliveries.sql.js';
import { EndpointRefresh } from './infrastructure/endpoint-refresh.js';
import { EndpointEntity } from './infrastructure/endpoint.entity.js';
import { TypeOrmEndpoints } from './infrastructure/typeorm-endpoints.js';
import { HttpWebhookClient } from './infrastructure/http-webhook-client.js';
import { MessageData } from './infrastructure/message-data.sql.js';
import { OldDeliveries } from './infrastructure/old-deliveries.sql.js';
import { WebhookMetrics } from './metrics.js';

@Module({
  imports: [PaymentsModule, TypeOrmModule.forFeature([EndpointEntity])],
  controllers: [EndpointsController, EndpointActionsController, DeliveriesController, EventsController],
  providers: [
    MessageData,
    OldDeliveries,
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
    { provide: Endpoints, useClass: TypeOrmEndpoints },
    { provide: Deliveries, useClass: SqlDeliveries },
    WebhookMetrics,
    { provide: WebhookClient, useClass: HttpWebhookClient },
  ],
  exports: [Endpoints],
})
export class WebhooksModule {}
