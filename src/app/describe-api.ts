import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type Clock } from '#kernel/clock.js';
import { configureHttp, createAdapter } from '#platform/http/http-server.js';
import { openApiDocument } from '#platform/http/openapi.js';
import { Log } from '#platform/telemetry/log.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { Subscriptions } from '#platform/outbox/subscriptions.js';
import { readSettings } from './settings.js';
import { EventCatalog } from '#ports/events.js';
import { eventTypes } from './event-catalog.js';
import { AppModule } from './app.module.js';
import { subscriptions } from './subscriptions.js';
import { apiDescription } from './api-description.js';

/** The OpenAPI document without a running server: nothing is asked of the database, so none is connected. */
export async function describeApi(): Promise<OpenAPIObject> {
  const settings = readSettings({ NODE_ENV: 'test', LOG_LEVEL: 'silent' });
  const parts = {
    settings,
    egress: { allowPrivate: false },
    log: Log.create(settings),
    metrics: new Metrics(),
    database: null,
    clock: {} as Clock,
    subscriptions: new Subscriptions(subscriptions),
    events: new EventCatalog(eventTypes),
  };
  const nest = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), createAdapter(settings), {
    logger: false,
    bodyParser: false,
  });
  await configureHttp(nest);
  return openApiDocument(nest, apiDescription());
}
