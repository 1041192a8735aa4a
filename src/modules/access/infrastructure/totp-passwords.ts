import { Injectable } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { OneTimePasswords } from '../application/second-factors.js';

const ISSUER = 'Quittance';
const PERIOD_SECONDS = 30;
/** Steps before and after now whose codes are accepted: clocks differ, and people type. */
const WINDOW = 1;
const SECRET_BYTES = 20;

@Injectable()
export class TotpPasswords extends OneTimePasswords {
  override newSecret(): string {
    return new Secret({ size: SECRET_BYTES }).base32;
  }

  override uri(secret: string, account: string): string {
    return totp(secret, account).toString();
  }

  override stepOf(secret: string, code: string, now: Date): number | null {
    if (!/^\d{6}$/.test(code)) return null;
    const timestamp = now.getTime();
    const delta = totp(secret).validate({ token: code, timestamp, window: WINDOW });
    return delta === null ? null : Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta;
  }
}

function totp(secret: string, label = ''): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret), period: PERIOD_SECONDS });
}
