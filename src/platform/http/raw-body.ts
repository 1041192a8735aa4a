import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** For routes whose bodies are signed: they get the raw bytes, to verify them before anything is parsed. */
export const RawBody = (): MethodDecorator => RouteConfig({ rawBody: true });

export function wantsRawBody({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as { rawBody?: boolean }).rawBody === true;
}
