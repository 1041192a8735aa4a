import type { RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { Attempt, Delivery, DeliveryState } from '../domain/delivery.js';
import type { EndpointState, PreviousSecret } from '../domain/endpoint.js';

/** Everything that sending one message needs. */
export interface Shipment {
  readonly deliveryId: string;
  readonly url: string;
  readonly secret: string;
  readonly signingKey: string | null;
  readonly previousSecrets: readonly PreviousSecret[];
  /** Of the receiver's own, sent besides. */
  readonly headers: Readonly<Record<string, string>>;
  readonly endpointStatus: EndpointState;
  readonly isEndpointFailing: boolean;
  /** Null when it is not kept any more; then it is made again from its event. */
  readonly body: Buffer | null;
}

export interface NewDelivery {
  readonly event: Pick<RecordedEvent, 'id' | 'type'>;
  readonly endpointId: string;
}

export interface RecordedAttempt {
  readonly deliveryId: string;
  readonly attempt: Attempt;
  readonly state: DeliveryState;
  readonly nextAttemptAt: Date | null;
}

/** Which events an endpoint should have had and has not. */
export interface Missed {
  readonly endpointId: string;
  readonly types: readonly string[];
  readonly since: Date;
  readonly until: Date;
  /** Where the look before ended. */
  readonly afterEventId: string | null;
}

/** What is sent to merchants, with every attempt. What is still to be sent is queued in the outbox. */
export abstract class Deliveries {
  /** Newest first, one more than the limit when there is more. */
  abstract list(
    endpointId: string,
    status: DeliveryState | undefined,
    afterId: string | null,
    limit: number,
  ): Promise<Delivery[]>;
  abstract find(id: string): Promise<Delivery | null>;
  /** As find, inside a transaction. */
  abstract read(tx: Tx, id: string): Promise<Delivery | null>;
  abstract ofEvent(eventId: string, endpointId: string): Promise<Delivery | null>;
  /** What is to be sent where; null when the delivery or its endpoint is gone. */
  abstract shipment(eventId: string, endpointId: string): Promise<Shipment | null>;

  /** Adds deliveries with their messages; those that are there already stay as they are. @returns those that were not */
  abstract insert(
    tx: Tx,
    deliveries: readonly NewDelivery[],
    messages: readonly { readonly eventId: string; readonly body: Buffer }[],
    now: Date,
  ): Promise<NewDelivery[]>;
  abstract record(tx: Tx, attempts: readonly RecordedAttempt[]): Promise<void>;
  /** Makes deliveries wait for their next attempt again. @returns how many */
  abstract reopen(tx: Tx, endpointId: string, eventIds: readonly string[], now: Date): Promise<number>;
  /** How many there are, up to a limit. */
  abstract countMissed(tx: Tx, missed: Missed, limit: number): Promise<number>;
  /** The oldest of what an endpoint has missed. */
  abstract missed(tx: Tx, missed: Missed, limit: number): Promise<RecordedEvent[]>;
}
