import { Injectable } from '@nestjs/common';
import { addressKey } from '#kernel/address-key.js';
import { Counters } from '#ports/counters.js';
import { RateLimited } from '../contract.js';
import { AccessSettings } from '../settings.js';

/** How many accounts one address may open in a window, for all processes together. It is never off. */
@Injectable()
export class RegistrationLimit {
  constructor(
    private readonly settings: AccessSettings,
    private readonly counters: Counters,
  ) {}

  /** @throws RateLimited */
  async take(from: string): Promise<void> {
    const { requests, seconds } = this.settings.registrationLimit;
    const { count, resetSeconds } = await this.counters.count(`register/address/${addressKey(from)}`, seconds);
    if (count > requests) throw new RateLimited('Too many accounts were opened from this address.', resetSeconds);
  }
}
