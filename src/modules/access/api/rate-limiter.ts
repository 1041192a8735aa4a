import { Injectable } from '@nestjs/common';
import { Windows } from '../application/windows.js';
import { AccessSettings } from '../settings.js';

export interface Allowance {
  readonly isOver: boolean;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Requests per caller in a fixed window, in bounded memory of this process. */
@Injectable()
export class RateLimiter {
  private readonly windows: Windows | null;
  /** `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers; null when limiting is off. */
  readonly policy: string | null;

  constructor(private readonly settings: AccessSettings) {
    const { rateLimit } = settings;
    this.windows = rateLimit && new Windows(rateLimit.seconds * 1000);
    this.policy = rateLimit && `"default";q=${rateLimit.requests};w=${rateLimit.seconds}`;
  }

  take(caller: string, now: number): Allowance | null {
    const { rateLimit } = this.settings;
    if (!rateLimit || !this.windows) return null;
    const window = this.windows.add(caller, now);
    return {
      isOver: window.count > rateLimit.requests,
      remaining: Math.max(0, rateLimit.requests - window.count),
      resetSeconds: Math.max(1, Math.ceil((window.until - now) / 1000)),
    };
  }
}
