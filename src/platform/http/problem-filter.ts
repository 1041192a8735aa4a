import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError, findProblem } from '#kernel/errors.js';
import type { Answer } from '#ports/idempotency.js';
import { translated } from '../database/database-errors.js';
import { Log } from '../telemetry/log.js';
import { send } from './answer.js';
import { answerDomainError, httpProblem, malformedJson, problemAnswer, type ProblemContext } from './problem.js';
import { pathOf } from './request-path.js';
import type { RouteTable } from './route-table.js';

/** Turns whatever was thrown into problem+json. What was not foreseen is logged and told without its inside. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    send(reply, this.answer(thrown, http.getRequest()));
  }

  answer(thrown: unknown, request: FastifyRequest): Answer {
    const context: ProblemContext = { requestId: request.id, instance: pathOf(request) };
    const error = translated(thrown);
    if (error instanceof DomainError) {
      if (error.problem.kind === 'unavailable')
        this.log.warn({ requestId: request.id, err: error }, 'A request was turned away');
      return answerDomainError(error, context);
    }
    const status = error instanceof HttpException ? error.getStatus() : statusOfHttpServer(error);
    if (status === 404) return this.notFound(request, context);
    if (status !== undefined && status >= 400 && status < 500)
      return this.refusedByHttp(status, error as { code?: string; message: string }, context);
    if (status === 503)
      return problemAnswer(
        findProblem('unavailable')!,
        503,
        'The server is shutting down.',
        context,
        {},
        { 'retry-after': '1', connection: 'close' },
      );
    this.log.error({ requestId: request.id, err: error }, 'A request failed for a reason that was not foreseen');
    return problemAnswer(
      httpProblem(500),
      500,
      'Something went wrong on our side. It was logged with the requestId.',
      context,
    );
  }

  private notFound(request: FastifyRequest, context: ProblemContext): Answer {
    const allowed = this.routes.methodsOf(context.instance);
    if (allowed.length === 0 || allowed.includes(request.method))
      return problemAnswer(
        httpProblem(404),
        404,
        `There is no resource at ${context.instance.slice(0, 200)}.`,
        context,
      );
    return problemAnswer(
      httpProblem(405),
      405,
      `${context.instance.slice(0, 200)} allows ${allowed.join(', ')}.`,
      context,
      {},
      { allow: allowed.join(', ') },
    );
  }

  /** Refusals of the HTTP server itself: sizes, media types, addresses, bodies that end too early. */
  private refusedByHttp(status: number, error: { code?: string; message: string }, context: ProblemContext): Answer {
    const about = error.code?.startsWith('FST_ERR_CTP_') && status === 400 ? malformedJson : httpProblem(status);
    return problemAnswer(about, status, about.explanation, context);
  }
}

/** Only the HTTP server's own errors say a status; one that a foreign service gave us is no answer of ours. */
function statusOfHttpServer(error: unknown): number | undefined {
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: number };
  return typeof code === 'string' && code.startsWith('FST_') ? statusCode : undefined;
}
