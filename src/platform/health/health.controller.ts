import { Controller, Get, Header, NotFoundException, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bearerOf, Public } from '../http/access.js';
import { isSameText } from '../http/same-text.js';
import { addressKey, isLoopbackAddress } from '#kernel/address-key.js';
import { Settings } from '../settings/settings.js';
import { SharedReading } from './shared-reading.js';
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
  /** Gauges ask the database; scrapers share what it said. */
  private readonly scraped = new SharedReading(() => this.metrics.text(), 1_000);

  constructor(
    private readonly health: Health,
    private readonly metrics: Metrics,
    private readonly settings: Settings,
  ) {}

  @Get('health/live')
  @Public()
  @ApiOperation({ summary: 'Check whether the process is alive; calls nothing else', operationId: 'live' })
  @ApiResponse({ status: 200, description: 'It is.', schema: { ...healthSchema, example: { status: 'ok' } } })
  @ApiResponse({ status: 400, description: 'The address holds what none may hold' })
  live(): object {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @Public()
  @ApiOperation({
    summary: 'Check whether requests can be served: database, migrations, outbox, not shutting down',
    operationId: 'ready',
  })
  @ApiResponse({
    status: 200,
    description: 'Every check is fine.',
    schema: { ...healthSchema, example: { status: 'ok', checks: [{ name: 'database', ok: true }] } },
  })
  @ApiResponse({ status: 400, description: 'The address holds what none may hold' })
  @ApiResponse({
    status: 503,
    description: 'A check fails; it is named.',
    schema: {
      ...healthSchema,
      example: { status: 'failing', checks: [{ name: 'database', ok: false, detail: 'Its disk is full.' }] },
    },
  })
  async ready(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const checks = await this.health.ready();
    const ok = checks.every((check) => check.ok);
    if (!ok) void reply.status(503).header('retry-after', '5');
    // Which check fails is for everyone who routes requests here; why it does is for those who run the server.
    const shown = this.isOperator(request) ? checks : checks.map(({ name, ok: isOk }) => ({ name, ok: isOk }));
    return { status: ok ? 'ok' : 'failing', checks: shown };
  }

  @Get('metrics')
  @Public()
  @ApiExcludeEndpoint()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(@Req() request: FastifyRequest): Promise<string> {
    if (this.settings.nodeEnv === 'production' && !this.isOperator(request)) throw new NotFoundException();
    return this.scraped.get();
  }

  /** By METRICS_TOKEN, or where there is none by being on this machine. */
  private isOperator(request: FastifyRequest): boolean {
    const { metricsToken } = this.settings;
    if (metricsToken === null) return isLoopbackAddress(addressKey(request.ip));
    return isSameText(bearerOf(request) ?? '', metricsToken);
  }
}
