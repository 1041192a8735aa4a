import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ValidationFailed } from '#kernel/errors.js';
import { networkOf } from '#kernel/address-key.js';
import { newId } from '#kernel/ids.js';
import { Log } from '../telemetry/log.js';
import { Metrics } from '../telemetry/metrics.js';
import { Settings } from '../settings/settings.js';
import { fileHandles } from './file-handles.js';
import { holdsCardNumber } from './card-numbers.js';
import { causeOfRequest } from './access.js';
import { send } from './answer.js';
import { API_PREFIX } from './api-prefix.js';
import { BODY_BYTES, bodyBytesOf, wantsRawBody } from './body.js';
import { limitConnections } from './connection-limit.js';
import { EarlyRefusals } from './early-refusals.js';
import { parseJsonBody } from './json-body.js';
import { limitUnderWay } from './overload.js';
import { paceRefusals } from './paced-refusals.js';
import { PreferredWait } from './preferred-wait.js';
import { CodingNotSupported, httpProblem, problemAnswer } from './problem.js';
import { ProblemFilter } from './problem-filter.js';
import { isForApi, pathOf } from './request-path.js';
import { RouteTable } from './route-table.js';
import { securityHeaders } from './security-headers.js';
import { Validation } from './validation.js';

const givenRequestId = /^[A-Za-z0-9_-]{8,128}$/;

/** The Fastify server under Nest, before any route is known. */
export function createAdapter({
  trustProxy,
  corsOrigins,
}: Pick<Settings, 'trustProxy' | 'corsOrigins'>): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_BYTES,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    // A sender that is slow on purpose has its connection for so long only.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    requestTimeout: 20_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false, // those under way and those who slip in are served; the listener is closed
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && givenRequestId.test(given) && !holdsCardNumber(given) ? given : newId();
    },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const status = error.statusCode ?? 400;
      void reply
        .header('x-request-id', request.id)
        .headers(securityHeaders(false).ofData)
        .headers(corsOf(request, corsOrigins));
      send(
        reply,
        problemAnswer(httpProblem(status), status, httpProblem(status).explanation, {
          requestId: request.id,
          instance: '/',
        }),
      );
    },
    clientErrorHandler: refuseUnreadable,
  });
}

/** What the CORS plugin sends, for requests that are refused before it sees them. */
function corsOf({ headers: { origin } }: FastifyRequest, allowed: readonly string[]): Record<string, string> {
  if (allowed.includes('*')) return { 'access-control-allow-origin': '*' };
  return origin !== undefined && allowed.includes(origin)
    ? { 'access-control-allow-origin': origin, vary: 'Origin' }
    : {};
}

/** What cannot even be parsed as HTTP gets a problem too, then the connection is closed. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const { body, headers } = problemAnswer(httpProblem(status), status, httpProblem(status).explanation, {
    requestId: newId(),
    instance: '/',
  });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${headers['content-type']}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Everything between the socket and the controllers. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  const settings = app.get<Settings>(Settings);
  const log = app.get(Log);
  const routes = app.get(RouteTable);
  const fastify = app.getHttpAdapter().getInstance();

  app.setGlobalPrefix(API_PREFIX, {
    exclude: ['health/live', 'health/ready', 'metrics', 'problems', 'problems/:code'],
  });
  app.useGlobalPipes(new Validation());
  app.useGlobalFilters(new ProblemFilter(log, routes));
  app.enableCors({
    origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    exposedHeaders: [
      'ETag',
      'Location',
      'Link',
      'Retry-After',
      'X-Request-Id',
      'Idempotent-Replayed',
      'Preference-Applied',
      'RateLimit',
      'RateLimit-Policy',
    ],
    maxAge: 600,
    strictPreflight: false,
  });
  const { ofPages, ofData } = securityHeaders(settings.nodeEnv === 'production');

  fastify.addHook('onRoute', (route) => {
    routes.add(route.url, [route.method].flat());
    route.bodyLimit = bodyBytesOf(route.config);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).headers(isForApi(request) ? ofData : ofPages);
    // No text that is kept or compared may hold a NUL: PostgreSQL's has none.
    if (request.url.includes('%00'))
      return done(new ValidationFailed([{ pointer: '#', detail: 'the URL must not contain a NUL character' }]));
    const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (coding !== '' && coding !== 'identity') return done(new CodingNotSupported(coding));
    done();
  });
  limitConnections(fastify, fileHandles(), settings.databasePoolMax, settings.trustProxy !== false);
  app.get(EarlyRefusals).attach(fastify);
  paceRefusals(fastify, limitUnderWay(fastify, settings.httpMaxUnderWay, app.get(PreferredWait)));
  observeRequests(fastify, app);
  if (settings.role === 'worker') closeApi(fastify);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (wantsRawBody(request)) return done(null, body);
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}

/** One line and one sample per request. The route template is the label, never the address: labels must stay few. */
function observeRequests(fastify: FastifyInstance, app: INestApplication): void {
  const log = app.get(Log);
  const { requestSeconds } = app.get(Metrics);
  fastify.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const route = request.routeOptions?.url ?? 'none';
    const milliseconds = reply.elapsedTime;
    requestSeconds.observe(milliseconds / 1000, { method: request.method, route, status: reply.statusCode });
    log.info(
      {
        requestId: request.id,
        // Who and from where, as far as an audit needs it: the network of the address, not the address.
        caller: causeOfRequest(request).actor,
        network: networkOf(request.ip),
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(milliseconds * 10) / 10,
      },
      'request',
    );
    done();
  });
}

/** A worker serves health and metrics only. */
function closeApi(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isForApi(request) || request.routeOptions.url === undefined) return done();
    send(
      reply,
      problemAnswer(httpProblem(404), 404, 'This process is a worker (ROLE=worker) and serves no API.', {
        requestId: request.id,
        instance: pathOf(request),
      }),
    );
  });
}
