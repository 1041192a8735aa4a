import { createHash, createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { jwtVerify, SignJWT } from 'jose';
import type { Role } from '#ports/caller.js';
import { BoundedMap } from '#kernel/bounded-map.js';
import { isId } from '#kernel/ids.js';
import { roles } from '../domain/user.js';
import { AccessSettings } from '../settings.js';
import { Tokens, type AccessToken, type Claims } from '../application/secrets.js';

const ISSUER = 'quittance';
const AUDIENCE = 'quittance-api';
const TYPE = 'at+jwt';
const LIFETIME_SECONDS = 900;
const MAX_VERIFIED = 10_000;

interface Key {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** HS256 and nothing else (RFC 8725, 3.1), type at+jwt (RFC 9068). The first secret signs, every one is believed. */
@Injectable()
export class JoseTokens extends Tokens {
  private readonly keys: readonly Key[];
  /** Tokens whose signature holds, which does not change: checking one takes a turn of the thread pool. */
  private readonly verified = new BoundedMap<string, { readonly claims: Claims; readonly until: number }>(MAX_VERIFIED);

  constructor({ jwtSecrets }: AccessSettings) {
    super();
    this.keys = jwtSecrets.map((secret) => ({
      id: createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16),
      secret: new TextEncoder().encode(secret),
    }));
  }

  override async issue(userId: string, role: Role, sessionId: string, now: Date): Promise<AccessToken> {
    const issuedAt = Math.floor(now.getTime() / 1000);
    const [key] = this.keys;
    const token = await new SignJWT({ role, sid: sessionId })
      .setProtectedHeader({ alg: 'HS256', typ: TYPE, kid: key!.id })
      .setSubject(userId)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_SECONDS)
      .sign(key!.secret);
    return { token, expiresInSeconds: LIFETIME_SECONDS };
  }

  override async verify(token: string): Promise<Claims | null> {
    const known = this.verified.get(token);
    if (known) return known.until > Date.now() ? known.claims : null;
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.keyOf(kid), {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
      });
      // The role is for clients that read the token; what its user may is asked of the database. Ours name one that there is.
      const { sub: userId, sid: sessionId, role } = payload as { sub: string; sid: string; role: Role };
      if (!isId(userId) || !isId(sessionId) || !roles.includes(role)) return null;
      const claims = { userId, sessionId };
      this.verified.set(token, { claims, until: payload.exp! * 1000 });
      return claims;
    } catch {
      return null; // whatever is wrong with it, it is not ours
    }
  }

  override successorOf(refreshToken: string): string {
    // From the oldest secret that is still believed, so that a rotation within the grace gives the same successor.
    return createHmac('sha256', this.keys[this.keys.length - 1]!.secret)
      .update(`refresh:${refreshToken}`)
      .digest('base64url');
  }

  private keyOf(kid: string | undefined): Uint8Array {
    const key = this.keys.find(({ id }) => id === kid);
    if (!key) throw new Error('The token names a key that is not ours');
    return key.secret;
  }
}
