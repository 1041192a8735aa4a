import { Injectable } from '@nestjs/common';
import { addressKey } from '#kernel/address-key.js';
import { RateLimited } from '../domain/errors.js';
import { AccessSettings } from '../settings.js';
import { Windows } from './windows.js';

/** How many accounts one address may open in a window. It is never off. */
@Injectable()
export class RegistrationLimit {
  private readonly windows: Windows;

  constructor(private readonly settings: AccessSettings) {
    this.windows = new Windows(settings.registrationLimit.seconds * 1000);
  }

  /** @throws RateLimited */
  take(from: string, at: Date): void {
    const now = at.getTime();
    const { count, until } = this.windows.add(addressKey(from), now);
    if (count > this.settings.registrationLimit.requests)
      throw new RateLimited('Too many accounts were opened from this address.', Math.ceil((until - now) / 1000));
  }
}
