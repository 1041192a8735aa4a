import type { NewEvent } from '#kernel/events.js';
import type { BalanceEventType, Hold } from '../contract.js';

/** What an order claims of money that an external service keeps. */
export type ServiceHoldState = 'requested' | 'blocked' | 'refused' | 'capturing' | 'captured' | 'releasing' | 'released';

/** The state machine. Compared with the schema's CHECK by a test. */
export const nextHoldStates: Readonly<Record<ServiceHoldState, readonly ServiceHoldState[]>> = {
  requested: ['blocked', 'refused', 'releasing', 'released'],
  blocked: ['capturing', 'releasing'],
  capturing: ['captured'],
  releasing: ['released'],
  refused: [],
  captured: [],
  released: [],
};

export interface ServiceHold extends Hold {
  readonly id: string;
  readonly state: ServiceHoldState;
  /** The order was canceled while the service was still being asked: whatever it answers, the money is let go. */
  readonly isUnwanted: boolean;
}

export interface HoldChange {
  readonly hold: ServiceHold;
  readonly events: readonly NewEvent<BalanceEventType>[];
}

export function requested(id: string, hold: Hold): HoldChange {
  return changed({ ...hold, id, state: 'requested', isUnwanted: false }, 'balance.block_requested');
}

/** The service has blocked the money. */
export function accepted(hold: ServiceHold): HoldChange {
  if (hold.state !== 'requested') return same(hold);
  return hold.isUnwanted ? to(hold, 'releasing', 'balance.release_requested') : settledTo(hold, 'blocked', 'balance.blocked');
}

/** The service will not: definitely, or because nobody could ask it for so long. Then it may have blocked it all the same. */
export function refused(hold: ServiceHold, isDefinite: boolean): HoldChange {
  if (hold.state !== 'requested') return same(hold);
  if (isDefinite) return to(hold, 'refused', 'balance.block_refused');
  const { hold: releasing, events } = to(hold, 'releasing', 'balance.release_requested');
  return { hold: releasing, events: [event('balance.block_refused', releasing), ...events] };
}

/** Nobody asked the service, and nobody will. */
export function neverAsked(hold: ServiceHold): HoldChange {
  return hold.state === 'requested' ? to(hold, 'released', 'balance.released') : same(hold);
}

export function captureHold(hold: ServiceHold): HoldChange {
  if (hold.state !== 'blocked') throw new Error(`A hold that is ${hold.state} cannot be captured`);
  return to(hold, 'capturing', 'balance.capture_requested');
}

export function releaseHold(hold: ServiceHold): HoldChange {
  if (hold.state === 'requested') return { hold: { ...hold, isUnwanted: true }, events: [] };
  return hold.state === 'blocked' ? to(hold, 'releasing', 'balance.release_requested') : same(hold);
}

export function captured(hold: ServiceHold): HoldChange {
  return hold.state === 'capturing' ? settledTo(hold, 'captured', 'balance.captured') : same(hold);
}

export function released(hold: ServiceHold): HoldChange {
  return hold.state === 'releasing' ? to(hold, 'released', 'balance.released') : same(hold);
}

function same(hold: ServiceHold): HoldChange {
  return { hold, events: [] };
}

/** Told twice: to the world, and to the order, which waits for it. */
function settledTo(hold: ServiceHold, state: ServiceHoldState, type: BalanceEventType): HoldChange {
  const { hold: settled, events } = to(hold, state, type);
  return { hold: settled, events: [...events, event('balance.hold_settled', settled)] };
}

function to(hold: ServiceHold, state: ServiceHoldState, type: BalanceEventType): HoldChange {
  return changed({ ...hold, state }, type);
}

function changed(hold: ServiceHold, type: BalanceEventType): HoldChange {
  return { hold, events: [event(type, hold)] };
}

function event(type: BalanceEventType, { id, orderId, customerId, currency, amount, state }: ServiceHold): NewEvent<BalanceEventType> {
  return { type, subject: { type: 'balance_hold', id }, data: { holdId: id, orderId, customerId, currency, amount, state } };
}
