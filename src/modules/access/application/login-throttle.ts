import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { addressKey } from '#kernel/address-key.js';
import { RateLimited } from '../domain/errors.js';
import { FairQueue } from './fair-queue.js';
import { Windows } from './windows.js';

const WINDOW_MS = 15 * 60_000;
/** Failed logins that one address may have in a window: for one account, and in all. */
const FROM_ADDRESS = { forAccount: 10, inAll: 100 };
/** After so many failures for an account in a window, from anywhere, its logins come one by one and wait. */
const FAST_FOR_ACCOUNT = 100;
const SLOW_MS = 1_000;
const MAX_WAITING = 16;

/**
 * Counts failed logins. One address is refused after some of them. An account is never closed to other addresses, or
 * strangers could keep its owner out: after many failures its logins become slow, by turns of the addresses. An attempt
 * counts as failed from its beginning, so that many at once do not pass while their passwords are being compared; a success
 * takes that back.
 */
@Injectable()
export class LoginThrottle {
  private readonly failures = new Windows(WINDOW_MS);
  private readonly slow = new Map<string, FairQueue>();

  /** Waits where logins are slow. @throws RateLimited, Unavailable when too many wait for one account */
  async begin(email: string, from: string, at: Date): Promise<void> {
    const { account, address, pair } = keysOf(email, from);
    const now = at.getTime();
    this.refuse(pair, FROM_ADDRESS.forAccount, now);
    this.refuse(address, FROM_ADDRESS.inAll, now);
    for (const key of [account, address, pair]) this.failures.add(key, now);
    if (this.failures.peek(account, now)!.count <= FAST_FOR_ACCOUNT) return;
    const queue = this.slow.get(account) ?? new FairQueue(1, MAX_WAITING);
    this.slow.set(account, queue);
    try {
      await queue.run(address, () => new Promise((resolve) => setTimeout(resolve, SLOW_MS)));
    } catch (error) {
      this.abandoned(email, from);
      throw error;
    } finally {
      if (queue.isIdle) this.slow.delete(account);
    }
  }

  /** Takes the attempt back, and forgets the failures of the address with this account. */
  succeeded(email: string, from: string): void {
    const { account, address, pair } = keysOf(email, from);
    this.failures.forget(pair);
    this.failures.subtract(account);
    this.failures.subtract(address);
  }

  /** Takes back an attempt whose password was not compared. */
  abandoned(email: string, from: string): void {
    for (const key of Object.values(keysOf(email, from))) this.failures.subtract(key);
  }

  private refuse(key: string, limit: number, now: number): void {
    const window = this.failures.peek(key, now);
    if (window && window.count >= limit)
      throw new RateLimited('Too many failed logins. Try again later.', Math.ceil((window.until - now) / 1000));
  }
}

function keysOf(email: string, from: string): { account: string; address: string; pair: string } {
  const account = createHash('sha256').update(email).digest('base64url');
  const address = addressKey(from);
  return { account, address, pair: `${account} ${address}` };
}
