import { Injectable } from '@nestjs/common';
import { addressKey } from '#kernel/address-key.js';
import { Counters } from '#ports/counters.js';
import { RateLimited } from '../contract.js';
import { FairQueue } from '#kernel/fair-queue.js';

const WINDOW_SECONDS = 15 * 60;
/** Failed logins for one account that one address may have in a window. */
const FOR_ACCOUNT_FROM_ADDRESS = 10;
/** After so many failures in a window, for an account from anywhere or of an address, logins come one by one and wait. */
const FAST = 100;
/** For so long an address from which its owner has logged in does not wait. */
const KNOWN_SECONDS = 90 * 86_400;
const SLOW_MS = { account: 1_000, address: 2_000 };
const MAX_WAITING = 16;

/**
 * Counts failed logins, for all processes together. One address is refused for an account after some of them. An account is
 * never closed to other addresses, and an address, which many people may share, never to other accounts, or strangers could
 * keep their owners out: after many failures logins become slow, by turns, except where their owner has logged in before. An attempt counts as failed from its beginning, so that many at
 * once do not pass while their passwords are being compared; a success takes that back.
 */
@Injectable()
export class LoginThrottle {
  private readonly slow = new Map<string, FairQueue>();

  constructor(private readonly counters: Counters) {}

  /**
   * Begins an attempt and compares its password. What `compare` throws is thrown and takes the attempt back: nothing was compared.
   * @throws what `begin` does
   */
  async attempt<Result>(email: string, from: string, compare: () => Promise<Result>): Promise<Result> {
    await this.begin(email, from);
    try {
      return await compare();
    } catch (error) {
      await this.abandoned(email, from);
      throw error;
    }
  }

  /** Waits where logins are slow. @throws RateLimited, Unavailable when too many wait for one account */
  async begin(email: string, from: string): Promise<void> {
    const { account, address, pair, known } = keysOf(email, from);
    // One after another: what is refused for the address must not slow the account down.
    const ofPair = await this.counters.count(pair, WINDOW_SECONDS);
    if (ofPair.count > FOR_ACCOUNT_FROM_ADDRESS)
      throw new RateLimited('Too many failed logins. Try again later.', ofPair.resetSeconds);
    const ofAddress = await this.counters.count(address, WINDOW_SECONDS);
    const ofAccount = await this.counters.count(account, WINDOW_SECONDS);
    if (ofAddress.count <= FAST && ofAccount.count <= FAST) return;
    const [isKnown] = await this.counters.read([known]);
    if (isKnown) return;
    try {
      if (ofAccount.count > FAST) await this.wait(account, address, SLOW_MS.account);
      if (ofAddress.count > FAST) await this.wait(address, account, SLOW_MS.address);
    } catch (error) {
      await this.abandoned(email, from);
      throw error;
    }
  }

  /** Takes the attempt back, forgets the failures of the address with this account, and knows the address from now on. */
  async succeeded(email: string, from: string): Promise<void> {
    const { account, address, pair, known } = keysOf(email, from);
    await this.counters.takeBack([account, address]);
    await this.counters.forget([pair, known]);
    await this.counters.count(known, KNOWN_SECONDS);
  }

  /** Takes back an attempt whose password was not compared. */
  async abandoned(email: string, from: string): Promise<void> {
    const { account, address, pair } = keysOf(email, from);
    await this.counters.takeBack([account, address, pair]);
  }

  /** Waits in the line of an account or an address, by turns of those that come for it. */
  private async wait(line: string, turnOf: string, milliseconds: number): Promise<void> {
    const queue = this.slow.get(line) ?? new FairQueue(1, MAX_WAITING);
    this.slow.set(line, queue);
    try {
      await queue.run(turnOf, () => new Promise((resolve) => setTimeout(resolve, milliseconds)));
    } finally {
      if (queue.isIdle) this.slow.delete(line);
    }
  }
}

function keysOf(email: string, from: string) {
  const account = `login/account/${email}`;
  const address = `login/address/${addressKey(from)}`;
  return { account, address, pair: `${account} ${address}`, known: `login/known/${email} ${addressKey(from)}` };
}
