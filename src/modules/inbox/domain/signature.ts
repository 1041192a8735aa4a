import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MessageSignature } from '../contract.js';

export type SignatureFault = 'missing' | 'malformed' | 'mismatch' | 'stale';

const MAX_SIGNATURES = 10;

interface SignatureHeader {
  readonly timestamp: number;
  readonly signatures: readonly Buffer[];
}

/** Reads `t=<unix seconds>,v1=<hex>[,v1=...]`. Unknown schemes are passed over, as Stripe's documentation asks. */
function parseHeader(header: string): SignatureHeader | null {
  let timestamp: number | null = null;
  const signatures: Buffer[] = [];
  for (const part of header.split(',', 50)) {
    const [name, value] = part.trim().split('=', 2);
    if (value === undefined) return null;
    if (name === 't') {
      if (timestamp !== null || !/^\d{1,12}$/.test(value)) return null;
      timestamp = Number(value);
    } else if (name === 'v1') {
      if (!/^[0-9a-f]{64}$/i.test(value)) return null;
      signatures.push(Buffer.from(value, 'hex'));
    }
  }
  if (timestamp === null || signatures.length === 0 || signatures.length > MAX_SIGNATURES) return null;
  return { timestamp, signatures };
}

/** The bare hex of the body's HMAC-SHA256, with or without `sha256=` before it. */
function checkBareSignature(secrets: readonly string[], header: string, body: Buffer): SignatureFault | null {
  const hex = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header.trim())?.[1];
  if (hex === undefined) return 'malformed';
  const signature = Buffer.from(hex, 'hex');
  let matches = false;
  for (const secret of secrets)
    if (timingSafeEqual(createHmac('sha256', secret).update(body).digest(), signature)) matches = true;
  return matches ? null : 'mismatch';
}

/**
 * Checks a signature over the raw bytes: HMAC-SHA256, every v1 against every secret in constant time, and the time in
 * both directions, so that neither an old request nor one from a clock far ahead is taken.
 * @param toleranceSeconds how far the signature's time may be from now
 * @returns null when the signature holds
 */
export function checkSignature(
  { prefix, secrets }: MessageSignature,
  header: string | undefined,
  body: Buffer,
  now: Date,
  toleranceSeconds: number,
): SignatureFault | null {
  if (header === undefined || header === '') return 'missing';
  if (prefix === null) return checkBareSignature(secrets, header, body);
  const parsed = parseHeader(header);
  if (!parsed) return 'malformed';
  const { timestamp, signatures } = parsed;
  let matches = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(prefix(timestamp)).update(body).digest();
    for (const signature of signatures) {
      if (timingSafeEqual(expected, signature)) matches = true;
    }
  }
  if (!matches) return 'mismatch';
  return Math.abs(now.getTime() / 1000 - timestamp) > toleranceSeconds ? 'stale' : null;
}
