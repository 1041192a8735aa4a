import type { Sealing } from '#ports/sealing.js';
import type { Endpoint } from '../domain/endpoint.js';

type Secrets = Pick<Endpoint, 'secret' | 'signingKey' | 'previousSecrets'>;
type Headers = Endpoint['headers'];

/** As stored: null for none. */
export function sealedHeaders(sealing: Sealing, id: string, headers: Headers): string | null {
  return Object.keys(headers).length === 0 ? null : sealing.seal(JSON.stringify(headers), headersOf(id));
}

export function openHeaders(sealing: Sealing, id: string, stored: string | null): Headers {
  return stored === null ? {} : (JSON.parse(sealing.open(stored, headersOf(id))) as Headers);
}

function headersOf(id: string): string {
  return `webhook_endpoints.headers/${id}`;
}

/** The secrets of an endpoint as they are stored. */
export function sealedSecrets(sealing: Sealing, id: string, secrets: Secrets): Secrets {
  return eachOf(secrets, (secret) => sealing.seal(secret, contextOf(id)));
}

/** The secrets of an endpoint as they sign. */
export function openSecrets(sealing: Sealing, id: string, stored: Secrets): Secrets {
  return eachOf(stored, (secret) => sealing.open(secret, contextOf(id)));
}

function eachOf({ secret, signingKey, previousSecrets }: Secrets, change: (secret: string) => string): Secrets {
  return {
    secret: change(secret),
    signingKey: signingKey === null ? null : change(signingKey),
    previousSecrets: previousSecrets.map((previous) => ({ ...previous, secret: change(previous.secret) })),
  };
}

function contextOf(id: string): string {
  return `webhook_endpoints.secret/${id}`;
}
