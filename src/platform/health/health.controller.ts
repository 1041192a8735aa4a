import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../http/access.js';
import { Health } from './health.js';
import { Metrics } from '../telemetry/metrics.js';

const healthSchema = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: ['ok', 'failing'] },
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'ok'],
        properties: { name: { type: 'string' }, ok: { type: 'boolean' }, detail: { type: 'string' } },
      },
    },
  },
};

@ApiTags('Health')
@Controller()
export class ObservabilityController {
  constructor(
    private readonly health: Health,
    private readonly metrics: Metrics,
  ) {}

  @Get('health/live')
  @Public()
  @ApiOperation({ summary: 'Whether the process is alive; asks nothing else', operationId: 'live' })
  @ApiResponse({ status: 200, description: 'It is.', schema: { ...healthSchema, example: { status: 'ok' } } })
  live(): object {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Public()
  @ApiOperation({
    summary: 'Whether requests can be served: database, migrations, outbox, not shutting down',
    operationId: 'ready',
  })
  @ApiResponse({
    status: 200,
    description: 'Every check is fine.',
    schema: { ...healthSchema, example: { status: 'ok', checks: [{ name: 'database', ok: true }] } },
  })
  @ApiResponse({
    status: 503,
    description: 'A check fails; it is named.',
    schema: {
      ...healthSchema,
      example: { status: 'failing', checks: [{ name: 'database', ok: false, detail: 'Its disk is full.' }] },
    },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const checks = await this.health.ready();
    const ok = checks.every((check) => check.ok);
    if (!ok) void reply.status(503).header('retry-after', '5');
    return { status: ok ? 'ok' : 'failing', checks };
  }

  @Get('metrics')
  @Public()
  @ApiExcludeEndpoint()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
