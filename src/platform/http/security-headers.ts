/** Swagger UI brings an inline style of its own; everything else here is data. */
const pagePolicy = [
  "default-src 'self'",
  "base-uri 'self'",
  "font-src 'self' https: data:",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "script-src 'self'",
  "script-src-attr 'none'",
  "style-src 'self' 'unsafe-inline'",
].join(';');

/** Those that mean something for an answer that is data. A browser that is made to show it as a page may load nothing. */
const forData = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** What the API answers is for its caller. A route that lets it be kept says so. */
const uncached = { 'cache-control': 'no-store' };

const forPages = {
  ...forData,
  'content-security-policy': pagePolicy,
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

/**
 * The security headers of every answer, as the OWASP Secure Headers Project recommends them. They are always the same, so
 * they are a table; a test compares those of pages with what helmet sets.
 * @param isProduction whether browsers may be told to come by https only (RFC 6797)
 */
export function securityHeaders(isProduction: boolean): {
  ofPages: Readonly<Record<string, string>>;
  ofData: Readonly<Record<string, string>>;
} {
  const transport: Record<string, string> = isProduction
    ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
    : {};
  return { ofPages: { ...forPages, ...transport }, ofData: { ...forData, ...uncached, ...transport } };
}
