import type { Sealing } from '#ports/sealing.js';
import type { Endpoint } from '../domain/endpoint.js';

type Secrets = Pick<Endpoint, 'secret' | 'previousSecrets'>;

/** The secrets of an endpoint as they are stored. */
export function sealedSecrets(sealing: Sealing, id: string, secrets: Secrets): Secrets {
  return eachOf(secrets, (secret) => sealing.seal(secret, contextOf(id)));
}

/** The secrets of an endpoint as they sign. */
export function openSecrets(sealing: Sealing, id: string, stored: Secrets): Secrets {
  return eachOf(stored, (secret) => sealing.open(secret, contextOf(id)));
}

function eachOf({ secret, previousSecrets }: Secrets, change: (secret: string) => string): Secrets {
  return {
    secret: change(secret),
    previousSecrets: previousSecrets.map((previous) => ({ ...previous, secret: change(previous.secret) })),
  };
}

function contextOf(id: string): string {
  return `webhook_endpoints.secret/${id}`;
}
