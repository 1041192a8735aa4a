import { Injectable } from '@nestjs/common';
import { Telemetry } from '#ports/telemetry.js';

/** Refused access. A rise is worth an alert: somebody guesses, or lost a right that they still use. */
@Injectable()
export class AccessMetrics {
  private readonly refusals;

  constructor(telemetry: Telemetry) {
    this.refusals = telemetry.counter({
      name: 'access_refused_total',
      help: 'Requests that were refused, by reason: unauthenticated, forbidden, rate-limited, login',
      labels: ['reason'],
    });
  }

  refused(reason: 'unauthenticated' | 'forbidden' | 'rate-limited' | 'login'): void {
    this.refusals.inc({ reason });
  }
}
