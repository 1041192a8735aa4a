import { createHmac } from 'node:crypto';

/** A message as the Standard Webhooks specification knows it (https://www.standardwebhooks.com). */
export interface WebhookMessage {
  /** The id of the event, the same at every attempt: the receiver's key for telling repetitions apart. */
  readonly id: string;
  readonly body: Buffer;
}

/** The key behind a secret: base64 after `whsec_`, as the specification has it; any other text is taken byte for byte. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret, 'utf8');
}

/** Headers that sign a message: HMAC-SHA256 over `{id}.{timestamp}.{body}`, one signature per secret while they rotate. */
export function signedHeaders(
  { id, body }: WebhookMessage,
  secrets: readonly string[],
  now: Date,
): Record<string, string> {
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest('base64')}`,
  );
  return {
    'content-type': 'application/json',
    'user-agent': 'Quittance-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
