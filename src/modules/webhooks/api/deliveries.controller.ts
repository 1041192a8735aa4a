import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { Requires } from '#platform/http/access.js';
import { jsonAnswer, send } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PreferredWait } from '#platform/http/preferred-wait.js';
import { IdOf, NoMembers } from '#platform/http/validation.js';
import { Deliveries } from '../application/deliveries.js';
import { Redeliver } from '../application/redeliver.js';
import { DeliveryAnswer, presentDelivery } from './delivery.dto.js';

const deliveryId = ApiParam({
  name: 'id',
  schema: { type: 'string', format: 'uuid' },
  description: 'Id of a delivery',
});

@ApiTags('Webhooks out')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('webhooks/deliveries')
export class DeliveriesController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly deliveries: Deliveries,
    private readonly waits: PreferredWait,
  ) {}

  @Get(':id')
  @Requires('webhooks:write')
  @deliveryId
  @Documented({
    summary: 'Read a delivery with its attempts',
    operationId: 'getDelivery',
    status: 200,
    answer: DeliveryAnswer,
    answerDescription: 'The delivery',
    problems: ['not-found'],
  })
  async get(@Param('id', new IdOf('delivery')) id: string): Promise<DeliveryAnswer> {
    const found = await this.deliveries.find(id);
    if (!found) throw new NotFound('delivery', id);
    return presentDelivery(found);
  }

  @Post(':id/redeliver')
  @HttpCode(202)
  @Requires('webhooks:write')
  @deliveryId
  @Documented({
    summary: 'Resend a message',
    description: 'Sends the same bytes and webhook-id, whatever its status. The retry schedule restarts.',
    operationId: 'redeliver',
    status: 202,
    answer: DeliveryAnswer,
    answerDescription: 'The delivery, queued again',
    problems: ['not-found', 'endpoint-not-enabled'],
    idempotencyKey: 'optional',
    waits: true,
  })
  async redeliver(
    @Param('id', new IdOf('delivery')) id: string,
    @Body(NoMembers) _body: unknown,
    @Idempotent('optional') idempotent: IdempotentRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepted = await this.requests.once(
      idempotent,
      (tx) => this.commands.execute(new Redeliver(tx, id)),
      (delivery) =>
        jsonAnswer(202, presentDelivery(delivery), { location: `/${API_PREFIX}/webhooks/deliveries/${delivery.id}` }),
    );
    const look = async () => {
      const delivery = await this.deliveries.find(id);
      return delivery && delivery.status !== 'pending' ? jsonAnswer(200, presentDelivery(delivery)) : null;
    };
    send(reply, await this.waits.outcome(request, reply, accepted, look));
  }
}
