import { Injectable } from '@nestjs/common';
import { addressKey } from '#kernel/address-key.js';
import { Counters } from '#ports/counters.js';
import { RateLimited } from '../contract.js';
import { FairQueue } from './fair-queue.js';

const WINDOW_SECONDS = 15 * 60;
/** Failed logins that one address may have in a window: for one account, and in all. */
const FROM_ADDRESS = { forAccount: 10, inAll: 100 };
/** After so many failures for an account in a window, from anywhere, its logins come one by one and wait. */
const FAST_FOR_ACCOUNT = 100;
/** For so long an address from which its owner has logged in does not wait. */
const KNOWN_SECONDS = 90 * 86_400;
const SLOW_MS = 1_000;
const MAX_WAITING = 16;

/**
 * Counts failed logins, for all processes together. One address is refused after some of them. An account is never closed
 * to other addresses, or strangers could keep its owner out: after many failures its logins become slow, by turns of the
 * addresses, except from addresses that its owner uses. An attempt counts as failed from its beginning, so that many at
 * once do not pass while their passwords are being compared; a success takes that back.
 */
@Injectable()
export class LoginThrottle {
  private readonly slow = new Map<string, FairQueue>();

  constructor(private readonly counters: Counters) {}

  /** Waits where logins are slow. @throws RateLimited, Unavailable when too many wait for one account */
  async begin(email: string, from: string): Promise<void> {
    const { account, address, pair, known } = keysOf(email, from);
    // One after another: what is refused for the address must not slow the account down.
    await this.countOrRefuse(pair, FROM_ADDRESS.forAccount);
    await this.countOrRefuse(address, FROM_ADDRESS.inAll);
    const { count } = await this.counters.count(account, WINDOW_SECONDS);
    if (count <= FAST_FOR_ACCOUNT) return;
    const [knownAddress] = await this.counters.read([known]);
    if (knownAddress) return;
    const queue = this.slow.get(account) ?? new FairQueue(1, MAX_WAITING);
    this.slow.set(account, queue);
    try {
      await queue.run(address, () => new Promise((resolve) => setTimeout(resolve, SLOW_MS)));
    } catch (error) {
      await this.abandoned(email, from);
      throw error;
    } finally {
      if (queue.isIdle) this.slow.delete(account);
    }
  }

  /** Takes the attempt back, forgets the failures of the address with this account, and knows the address from now on. */
  async succeeded(email: string, from: string): Promise<void> {
    const { account, address, pair, known } = keysOf(email, from);
    await this.counters.takeBack([account, address]);
    await this.counters.forget(pair);
    await this.counters.forget(known);
    await this.counters.count(known, KNOWN_SECONDS);
  }

  /** Takes back an attempt whose password was not compared. */
  async abandoned(email: string, from: string): Promise<void> {
    const { account, address, pair } = keysOf(email, from);
    await this.counters.takeBack([account, address, pair]);
  }

  private async countOrRefuse(key: string, limit: number): Promise<void> {
    const { count, resetSeconds } = await this.counters.count(key, WINDOW_SECONDS);
    if (count > limit) throw new RateLimited('Too many failed logins. Try again later.', resetSeconds);
  }
}

function keysOf(email: string, from: string) {
  const account = `login/account/${email}`;
  const address = `login/address/${addressKey(from)}`;
  return { account, address, pair: `${account} ${address}`, known: `login/known/${email} ${addressKey(from)}` };
}
