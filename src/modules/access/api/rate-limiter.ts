import { Injectable } from '@nestjs/common';
import { Rates, type Taken } from '#kernel/rates.js';
import { Windows } from '#kernel/windows.js';
import { AccessSettings, type Limit } from '../settings.js';

export interface Allowance extends Taken {
  readonly remaining: number;
}

/** An address stands for several customers, in an office or behind a provider: so many times the limit of one. */
const CUSTOMERS_OF_ADDRESS = 5;
/** Of what a window allows this much may come at once; more than that at an even rate. */
const BURST = { stranger: 1 / 30, customer: 1 / 4, customersOfAddress: 1 / 8 };

/**
 * Requests in bounded memory of this process: the general limit of each caller, in fixed windows, which may be off, and the
 * rates of strangers and of customers' writes, which never are.
 */
@Injectable()
export class RateLimiter {
  private readonly general: Windows | null;
  private readonly strangers: Rates;
  private readonly writes: Rates;
  private readonly writesOfAddress: Rates;
  /** `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers; null when the general limit is off. */
  readonly policy: string | null;

  constructor(private readonly settings: AccessSettings) {
    const { rateLimit, anonymousLimit: strangers, customerWriteLimit: writes } = settings;
    this.general = rateLimit && new Windows(rateLimit.seconds * 1000);
    this.strangers = rates(strangers, BURST.stranger);
    this.writes = rates(writes, BURST.customer);
    const ofAddress = { requests: writes.requests * CUSTOMERS_OF_ADDRESS, seconds: writes.seconds };
    this.writesOfAddress = rates(ofAddress, BURST.customersOfAddress);
    this.policy = rateLimit && `"default";q=${rateLimit.requests};w=${rateLimit.seconds}`;
  }

  /** Counts a request of a caller. */
  take(caller: string, now: number): Allowance | null {
    const { rateLimit } = this.settings;
    if (!rateLimit || !this.general) return null;
    const { count, until } = this.general.add(caller, now);
    return {
      isOver: count > rateLimit.requests,
      remaining: Math.max(0, rateLimit.requests - count),
      retryAfterMs: Math.max(1, until - now),
    };
  }

  /** Counts a request without a caller. */
  takeAsStranger(address: string, now: number): Taken {
    return this.strangers.take(address, now);
  }

  /** Counts a request of a customer that changes something. */
  takeWrite(customer: string, address: string, now: number): Taken {
    const ofCustomer = this.writes.take(customer, now);
    return ofCustomer.isOver ? ofCustomer : this.writesOfAddress.take(address, now);
  }
}

/** Small limits, as in tests, come as a whole. */
const ALWAYS_AT_ONCE = 50;

function rates({ requests, seconds }: Limit, share: number): Rates {
  return new Rates(requests, seconds, Math.max(Math.min(requests, ALWAYS_AT_ONCE), Math.ceil(requests * share)));
}
