import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { Sealing } from '#ports/sealing.js';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** `sealed:<id of the key>:<base64url of IV, ciphertext, tag>`. No secret that was stored plainly starts like this. */
const SEALED = /^sealed:([0-9a-f]{12}):([A-Za-z0-9_-]+)$/;

interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a new IV for each text. The key is derived from a secret by HKDF-SHA-256 (RFC 5869); the
 * context is authenticated, so that a text copied to another row does not open there.
 */
export class AesSealing extends Sealing {
  private readonly keys: readonly SealingKey[];

  /** @param secrets the first seals, every one opens */
  constructor(secrets: readonly string[]) {
    super();
    this.keys = secrets.map(derive);
    if (this.keys.length === 0) throw new Error('Sealing needs a key');
  }

  get currentKeyId(): string {
    return this.keys[0]!.id;
  }

  knows(keyId: string): boolean {
    return this.keys.some(({ id }) => id === keyId);
  }

  override seal(text: string, context: string): string {
    const { id, bytes } = this.keys[0]!;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, bytes, iv).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `sealed:${id}:${sealed.toString('base64url')}`;
  }

  override open(stored: string, context: string): string {
    const [, keyId, encoded] = SEALED.exec(stored) ?? [];
    if (keyId === undefined || encoded === undefined) return stored;
    const key = this.keys.find(({ id }) => id === keyId);
    if (!key) throw new Error(`A secret is sealed with the key ${keyId}, which is not among DATA_KEY`);
    const sealed = Buffer.from(encoded, 'base64url');
    const decipher = createDecipheriv(ALGORITHM, key.bytes, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(context))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }

  override isCurrent(stored: string): boolean {
    return SEALED.exec(stored)?.[1] === this.currentKeyId;
  }
}

function derive(secret: string): SealingKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', 'quittance data at rest', 32));
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes };
}
