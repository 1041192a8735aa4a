import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RateLimited } from '../domain/errors.js';

const WINDOW_MS = 15 * 60_000;
const MAX_ENTRIES = 50_000;

/** Failed logins that are allowed within a quarter of an hour. */
const limits = { accountFromAddress: 10, account: 100, address: 100 };

/** Counts failed logins per account, per address and per both, in bounded memory. A success forgets the pair's failures. */
@Injectable()
export class LoginThrottle {
  private readonly failures = new Map<string, { count: number; until: number }>();

  /** @throws RateLimited */
  check(email: string, address: string, now: Date): void {
    for (const [key, limit] of keysOf(email, address)) {
      const entry = this.failures.get(key);
      if (entry && entry.until > now.getTime() && entry.count >= limit) {
        throw new RateLimited(
          'Too many failed logins. Try again later.',
          Math.ceil((entry.until - now.getTime()) / 1000),
        );
      }
    }
  }

  failed(email: string, address: string, now: Date): void {
    for (const [key] of keysOf(email, address)) {
      const entry = this.failures.get(key);
      if (entry && entry.until > now.getTime()) entry.count++;
      else this.failures.set(key, { count: 1, until: now.getTime() + WINDOW_MS });
    }
    // Oldest first out: a Map remembers the order of insertion.
    for (const key of this.failures.keys()) {
      if (this.failures.size <= MAX_ENTRIES) break;
      this.failures.delete(key);
    }
  }

  succeeded(email: string, address: string): void {
    const [[pair]] = keysOf(email, address);
    this.failures.delete(pair);
  }
}

function keysOf(email: string, address: string): [[string, number], ...[string, number][]] {
  const account = createHash('sha256').update(email).digest('base64url');
  return [
    [`${account} ${address}`, limits.accountFromAddress],
    [account, limits.account],
    [address, limits.address],
  ];
}
