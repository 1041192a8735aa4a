import { Injectable } from '@nestjs/common';
import { Windows, type Window } from '#kernel/windows.js';
import { AccessSettings, type Limit } from '../settings.js';

export interface Allowance {
  readonly isOver: boolean;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** An address stands for several customers, in an office or behind a provider: so many times the limit of one. */
const CUSTOMERS_OF_ADDRESS = 10;

/**
 * Requests in fixed windows, in bounded memory of this process: the general limit of each caller, which may be off, and those
 * of strangers and of customers' writes, which never are.
 */
@Injectable()
export class RateLimiter {
  private readonly general: Windows | null;
  private readonly strangers: Windows;
  private readonly writes: Windows;
  /** `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers; null when the general limit is off. */
  readonly policy: string | null;

  constructor(private readonly settings: AccessSettings) {
    const { rateLimit, anonymousLimit, customerWriteLimit } = settings;
    this.general = rateLimit && new Windows(rateLimit.seconds * 1000);
    this.strangers = new Windows(anonymousLimit.seconds * 1000);
    this.writes = new Windows(customerWriteLimit.seconds * 1000);
    this.policy = rateLimit && `"default";q=${rateLimit.requests};w=${rateLimit.seconds}`;
  }

  /** Counts a request of a caller. */
  take(caller: string, now: number): Allowance | null {
    const { rateLimit } = this.settings;
    return rateLimit && this.general ? allowance(this.general.add(caller, now), rateLimit, now) : null;
  }

  /** Counts a request without a caller. */
  takeAsStranger(address: string, now: number): Allowance {
    return allowance(this.strangers.add(address, now), this.settings.anonymousLimit, now);
  }

  /** Counts a request of a customer that changes something. */
  takeWrite(customer: string, address: string, now: number): Allowance {
    const { requests, seconds } = this.settings.customerWriteLimit;
    const ofAddress = { requests: requests * CUSTOMERS_OF_ADDRESS, seconds };
    const byAddress = allowance(this.writes.add(`address:${address}`, now), ofAddress, now);
    if (byAddress.isOver) return byAddress;
    return allowance(this.writes.add(customer, now), { requests, seconds }, now);
  }
}

function allowance({ count, until }: Window, { requests }: Limit, now: number): Allowance {
  return {
    isOver: count > requests,
    remaining: Math.max(0, requests - count),
    resetSeconds: Math.max(1, Math.ceil((until - now) / 1000)),
  };
}
