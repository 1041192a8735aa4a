import { createHmac, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';

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

/** Before the 32 bytes of an ed25519 key in PKCS #8 (RFC 8410, 7) and in SubjectPublicKeyInfo. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_BYTES = 12;

/** @param signingKey whsk_ and the base64 of the 32 bytes of an ed25519 private key */
function privateKeyOf(signingKey: string): KeyObject {
  const seed = Buffer.from(signingKey.slice('whsk_'.length), 'base64');
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

/** What a receiver checks `v1a` signatures with, as the specification spells it: whpk_ and base64. */
export function publicKeyOf(signingKey: string): string {
  const der = createPublicKey(privateKeyOf(signingKey)).export({ format: 'der', type: 'spki' });
  return `whpk_${der.subarray(SPKI_BYTES).toString('base64')}`;
}

function signature(secret: string, prefix: string, body: Buffer): string {
  if (secret.startsWith('whsk_'))
    return `v1a,${sign(null, Buffer.concat([Buffer.from(prefix), body]), privateKeyOf(secret)).toString('base64')}`;
  return `v1,${createHmac('sha256', keyOf(secret)).update(prefix).update(body).digest('base64')}`;
}

/**
 * Headers that sign a message, `{id}.{timestamp}.{body}`, once per secret while they rotate: HMAC-SHA256 (`v1`), or ed25519
 * (`v1a`) with a key whsk_.
 */
export function signedHeaders(
  { id, body }: WebhookMessage,
  secrets: readonly string[],
  now: Date,
): Record<string, string> {
  const timestamp = Math.floor(now.getTime() / 1000);
  const signatures = secrets.map((secret) => signature(secret, `${id}.${timestamp}.`, body));
  return {
    'content-type': 'application/json',
    'user-agent': 'Quittance-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
