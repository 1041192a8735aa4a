import type { NewEvent } from '#ports/events.js';
import type { Hold } from '../contract.js';
import { balanceEvent } from '../events.js';

/** What an order claims of money that an external service keeps. */
export type ServiceHoldState = 'requested' | 'blocked' | 'capturing' | 'captured' | 'releasing' | 'released';

/** The state machine. Compared with the schema's CHECK by a test. */
export const nextHoldStates: Readonly<Record<ServiceHoldState, readonly ServiceHoldState[]>> = {
  requested: ['blocked', 'releasing', 'released'],
  blocked: ['capturing', 'releasing'],
  capturing: ['captured'],
  releasing: ['released'],
  captured: [],
  released: [],
};

export interface ServiceHold extends Hold {
  readonly id: string;
  readonly state: ServiceHoldState;
  /** The order was canceled while the service was still being asked: whatever it answers, the money is let go. */
  readonly isUnwanted: boolean;
}

/** Events that say nothing but how the hold stands. */
type StepType =
  | 'balance.block_requested'
  | 'balance.block_refused'
  | 'balance.capture_requested'
  | 'balance.hold_settled'
  | 'balance.blocked'
  | 'balance.captured'
  | 'balance.released';

export interface HoldChange {
  readonly hold: ServiceHold;
  readonly events: readonly NewEvent[];
}

export function requested(id: string, hold: Hold): HoldChange {
  return changed({ ...hold, id, state: 'requested', isUnwanted: false }, 'balance.block_requested');
}

/** The service has blocked the money. */
export function accepted(hold: ServiceHold): HoldChange {
  if (hold.state !== 'requested') return same(hold);
  return hold.isUnwanted ? releasing(hold) : settledTo(hold, 'blocked', 'balance.blocked');
}

/**
 * The service will not, or could not be asked for so long. An attempt before may have blocked the money all the same, so
 * it is asked to let go in either case.
 * @param isUncertain the last attempt may still be on its way
 */
export function refused(hold: ServiceHold, isUncertain: boolean): HoldChange {
  if (hold.state !== 'requested') return same(hold);
  const releasing: ServiceHold = { ...hold, state: 'releasing' };
  return {
    hold: releasing,
    events: [event('balance.block_refused', releasing), releaseRequested(releasing, false, isUncertain)],
  };
}

/** The service was not asked, and will not be. */
export function neverAsked(hold: ServiceHold): HoldChange {
  return hold.state === 'requested' ? to(hold, 'released', 'balance.released') : same(hold);
}

export function captureHold(hold: ServiceHold): HoldChange {
  if (hold.state !== 'blocked') throw new Error(`A hold that is ${hold.state} cannot be captured`);
  return to(hold, 'capturing', 'balance.capture_requested');
}

export function releaseHold(hold: ServiceHold): HoldChange {
  if (hold.state === 'requested') return { hold: { ...hold, isUnwanted: true }, events: [] };
  return hold.state === 'blocked' ? releasing(hold) : same(hold);
}

export function captured(hold: ServiceHold): HoldChange {
  return hold.state === 'capturing' ? settledTo(hold, 'captured', 'balance.captured') : same(hold);
}

export function released(hold: ServiceHold): HoldChange {
  return hold.state === 'releasing' ? to(hold, 'released', 'balance.released') : same(hold);
}

/** The service has blocked it, so it must know it when it is asked to let go. */
function releasing(hold: ServiceHold): HoldChange {
  const next: ServiceHold = { ...hold, state: 'releasing' };
  return { hold: next, events: [releaseRequested(next, true, false)] };
}

function releaseRequested(hold: ServiceHold, wasBlocked: boolean, isUncertain: boolean): NewEvent {
  const facts = { ...factsOf(hold), wasBlocked, isUncertain };
  return balanceEvent('balance.release_requested', subjectOf(hold), facts);
}

function same(hold: ServiceHold): HoldChange {
  return { hold, events: [] };
}

/** Told twice: to the world, and to the order, which waits for it. */
function settledTo(hold: ServiceHold, state: ServiceHoldState, type: StepType): HoldChange {
  const { hold: settled, events } = to(hold, state, type);
  return { hold: settled, events: [...events, event('balance.hold_settled', settled)] };
}

function to(hold: ServiceHold, state: ServiceHoldState, type: StepType): HoldChange {
  return changed({ ...hold, state }, type);
}

function changed(hold: ServiceHold, type: StepType): HoldChange {
  return { hold, events: [event(type, hold)] };
}

function event(type: StepType, hold: ServiceHold): NewEvent {
  return balanceEvent(type, subjectOf(hold), factsOf(hold));
}

function subjectOf({ id }: ServiceHold): { type: string; id: string } {
  return { type: 'balance_hold', id };
}

function factsOf({ id, orderId, customerId, currency, amount, state }: ServiceHold) {
  return { holdId: id, orderId, customerId, currency, amount, state };
}
