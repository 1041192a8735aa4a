import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

/** Bytes of a body, where a route says nothing. */
export const BODY_BYTES = 128 * 1024;
const BYTES_OF_SIGNED_MESSAGES = 1024 * 1024;
const BYTES_OF_SMALL_BODIES = 16 * 1024;

interface BodyRules {
  readonly rawBody?: boolean;
  readonly bodyBytes?: number;
}

/** For routes whose bodies are signed: they get the raw bytes, to verify them before anything is parsed. */
export const RawBody = (): MethodDecorator => RouteConfig({ rawBody: true, bodyBytes: BYTES_OF_SIGNED_MESSAGES });

/** For routes that need a few short members, such as those that anyone may call. */
export const SmallBody = (): MethodDecorator => RouteConfig({ bodyBytes: BYTES_OF_SMALL_BODIES });

export function wantsRawBody({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as BodyRules).rawBody === true;
}

export function bodyBytesOf(config: unknown): number {
  return (config as BodyRules | undefined)?.bodyBytes ?? BODY_BYTES;
}
