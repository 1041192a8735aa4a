import { Injectable } from '@nestjs/common';
import { Telemetry } from '#ports/telemetry.js';

/** Refused access. A rise is worth an alert: credentials are guessed, or a right was taken away that is still used. */
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
