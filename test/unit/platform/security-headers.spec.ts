import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import helmet from 'helmet';
import { securityHeaders } from '#platform/http/security-headers.js';

/** What helmet sets on an answer of a real server. */
async function ofHelmet(isProduction: boolean): Promise<Record<string, unknown>> {
  const secure = helmet({
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: isProduction,
  });
  let headers: Record<string, unknown> = {};
  const server = createServer((request, response: ServerResponse) =>
    secure(request, response, () => {
      headers = response.getHeaders();
      response.end();
    }),
  ).listen(0);
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  server.close();
  return { ...headers };
}

describe('the security headers of pages', () => {
  it.each([true, false])('are those of helmet (production: %s)', async (isProduction) => {
    expect(securityHeaders(isProduction).ofPages).toEqual(await ofHelmet(isProduction));
  });
});
