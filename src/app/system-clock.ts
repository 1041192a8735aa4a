import { Clock } from '#kernel/clock.js';

export class SystemClock extends Clock {
  /** @param skewMs what the clock is wrong by, for tests */
  constructor(private readonly skewMs = 0) {
    super();
  }

  override now(): Date {
    return new Date(Date.now() + this.skewMs);
  }
}
