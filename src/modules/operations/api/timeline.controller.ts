import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { NotFound } from '#kernel/errors.js';
import { Requires } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { IdOf } from '#platform/http/validation.js';
import { Timelines } from '../application/timeline.js';
import { presentEntry, TimelineAnswer } from './operations.dto.js';

const MAX_ENTRIES = 1_000;

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('orders')
export class TimelineController {
  constructor(private readonly timelines: Timelines) {}

  @Get(':id/timeline')
  @Requires('orders:read', 'staff')
  @ApiParam({
    name: 'id',
    schema: { type: 'string', format: 'uuid', example: '01939d00-0000-7000-8000-000000000109' },
    description: 'Id of an order',
  })
  @Documented({
    summary: 'Read the full timeline of an order, oldest first',
    description:
      'Events with cause and request id, responses and messages from payment providers, money movements, and every attempt to notify merchants.',
    operationId: 'getOrderTimeline',
    status: 200,
    answer: TimelineAnswer,
    answerDescription: 'At most 1,000 entries',
    problems: ['not-found'],
  })
  async get(@Param('id', new IdOf('order')) id: string): Promise<TimelineAnswer> {
    const entries = await this.timelines.ofOrder(id, MAX_ENTRIES);
    if (!entries) throw new NotFound('order', id);
    return {
      data: entries.slice(0, MAX_ENTRIES).map(presentEntry),
      nextCursor: null,
      truncated: entries.length > MAX_ENTRIES,
    };
  }
}
