import type { Cause, NewEvent } from '#ports/events.js';
import { newId } from '#kernel/ids.js';
import type { JsonObject } from '#kernel/json.js';
import type { AccessEventType } from '../contract.js';

/** Who asked, from where: on every security-relevant event. */
export interface Origin {
  readonly address: string;
  /** The caller's id; null for strangers. */
  readonly caller: string | null;
  readonly cause: Cause;
}

export function audit(
  type: AccessEventType,
  subject: { type: string; id: string },
  { address, caller }: Origin,
  more: JsonObject = {},
): NewEvent<AccessEventType> {
  return { type, subject, data: { ...more, address, caller } };
}

/** For acts that have no row of their own to lock, such as a login of nobody: each is a subject of its own. */
export function act(type: AccessEventType, origin: Origin, more: JsonObject): NewEvent<AccessEventType> & { cause: Cause } {
  return { ...audit(type, { type: 'act', id: newId() }, origin, more), cause: origin.cause };
}
