import type { Cause, NewEvent } from '#ports/events.js';
import { accessEvent, type AccessEvents } from '../events.js';
import { newId } from '#kernel/ids.js';

/** Who asked, from where: on every security-relevant event. */
export interface Origin {
  readonly address: string;
  /** The caller's id; null for strangers. */
  readonly caller: string | null;
  readonly cause: Cause;
}

type Facts<Type extends keyof AccessEvents> = Omit<AccessEvents[Type], keyof Pick<Origin, 'address' | 'caller'>>;

/** A security-relevant event about something that has a row. */
export function audit<Type extends keyof AccessEvents>(
  type: Type,
  subject: { type: string; id: string },
  { address, caller }: Origin,
  facts: Facts<Type>,
): NewEvent<Type> {
  return accessEvent(type, subject, { ...facts, address, caller } as unknown as AccessEvents[Type]);
}

/** For acts that have no row of their own to lock, such as a refused login: each is a subject of its own. */
export function act<Type extends keyof AccessEvents>(
  type: Type,
  origin: Origin,
  facts: Facts<Type>,
): NewEvent<Type> & { cause: Cause } {
  return { ...audit(type, { type: 'act', id: newId() }, origin, facts), cause: origin.cause };
}
