import { Injectable } from '@nestjs/common';
import { AccessSettings } from '../settings.js';

const MAX_CALLERS = 50_000;

export interface Allowance {
  readonly isOver: boolean;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Requests per caller in a fixed window, in bounded memory of this process. */
@Injectable()
export class RateLimiter {
  private readonly windows = new Map<string, { count: number; until: number }>();
  /** `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers; null when limiting is off. */
  readonly policy: string | null;

  constructor(private readonly settings: AccessSettings) {
    const { rateLimit } = settings;
    this.policy = rateLimit && `"default";q=${rateLimit.requests};w=${rateLimit.seconds}`;
  }

  take(caller: string, now: number): Allowance | null {
    const { rateLimit } = this.settings;
    if (!rateLimit) return null;
    let window = this.windows.get(caller);
    if (!window || window.until <= now) {
      window = { count: 0, until: now + rateLimit.seconds * 1000 };
      this.windows.delete(caller);
      this.windows.set(caller, window);
      for (const oldest of this.windows.keys()) {
        if (this.windows.size <= MAX_CALLERS) break;
        this.windows.delete(oldest);
      }
    }
    window.count++;
    return {
      isOver: window.count > rateLimit.requests,
      remaining: Math.max(0, rateLimit.requests - window.count),
      resetSeconds: Math.max(1, Math.ceil((window.until - now) / 1000)),
    };
  }
}
