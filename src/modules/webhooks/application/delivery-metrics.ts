import type { AttemptOutcome, Endpoint } from '../domain/endpoint.js';

/** What is counted and logged about deliveries. */
export abstract class DeliveryMetrics {
  /** @param lagMs from the event to its delivery; null when it was not delivered */
  abstract attempted(outcome: AttemptOutcome, durationMs: number, lagMs: number | null): void;
  abstract disabled(endpoint: Endpoint): void;
}
