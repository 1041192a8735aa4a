import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** Of the headers that helmet sets, those that mean something for an answer that is data and no page. */
const forData = [
  'x-content-type-options',
  'strict-transport-security',
  'cross-origin-resource-policy',
  'referrer-policy',
];

/** Data that a browser is made to show as a page may load nothing. */
const nothing = "default-src 'none';frame-ancestors 'none'";

/**
 * The headers that helmet would set on every answer. They are always the same, so helmet is asked once: asked for each
 * request it costs as much as reading the request's body.
 */
export function securityHeaders(isProduction: boolean): {
  ofPages: Record<string, string>;
  ofData: Record<string, string>;
} {
  const ofPages: Record<string, string> = {};
  const recorder = {
    setHeader: (name: string, value: string) => (ofPages[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  const ask = helmet({
    // Swagger UI brings its own inline style and script; everything else here is data.
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: null,
      },
    },
    strictTransportSecurity: isProduction,
  });
  ask({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  const ofData = {
    ...Object.fromEntries(Object.entries(ofPages).filter(([name]) => forData.includes(name))),
    'content-security-policy': nothing,
  };
  return { ofPages, ofData };
}
