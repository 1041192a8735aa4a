import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { EventHistory } from '#ports/events.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { EventPage, EventQuery, eventTypes, EventTypeList, presentEvent } from './event.dto.js';

/** Who logged in from where, or tried to, is for those only who may see users. */
const personalSubjects = ['user', 'session', 'api_key', 'act'];

@ApiTags('Webhooks out')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller()
export class EventsController {
  constructor(private readonly history: EventHistory) {}

  @Get('events')
  @Requires('operations:read')
  @Documented({
    summary: 'Read the event log, newest first',
    description: 'Every event, with its cause. Only callers with the scope admin see events about users and API keys.',
    operationId: 'listEvents',
    status: 200,
    answer: EventPage,
    answerDescription: 'A page of events',
  })
  async list(
    @Query() { limit, cursor, type, subjectId }: EventQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const hiddenSubjects = caller.scopes.has('admin') ? [] : personalSubjects;
    sendPage(
      request,
      reply,
      pageOf(
        await this.history.list({ type, subjectId, hiddenSubjects }, decodeCursor(cursor), limit),
        limit,
        presentEvent,
      ),
    );
  }

  @Get('webhooks/event-types')
  @Requires('webhooks:write')
  @Documented({
    summary: 'List the event types that endpoints can receive',
    operationId: 'listEventTypes',
    status: 200,
    answer: EventTypeList,
    answerDescription: 'Every type, with the schema of its data and an example',
  })
  types(): EventTypeList {
    return { data: eventTypes(), nextCursor: null };
  }
}
