import { missing } from './answers.js';
import type { Journal } from './journal.js';
import type { Charge, Dispute, Refund, StoredIntent } from './objects.js';

/** Says by webhook that something has happened to an object. */
export type Tell = (type: string, object: unknown) => void;

/** Everything that the simulated bank knows, in memory and in the journal. */
export class Store {
  readonly intents = new Map<string, StoredIntent>();
  readonly charges = new Map<string, Charge>();
  readonly refunds = new Map<string, Refund>();
  readonly disputes = new Map<string, Dispute>();

  constructor(private readonly journal: () => Journal) {}

  restore(kind: string, id: string, value: unknown): void {
    if (kind === 'intent') this.intents.set(id, value as StoredIntent);
    if (kind === 'charge') this.charges.set(id, value as Charge);
    if (kind === 'refund') this.refunds.set(id, value as Refund);
    if (kind === 'dispute') this.disputes.set(id, value as Dispute);
  }

  saveIntent(stored: StoredIntent): StoredIntent {
    this.intents.set(stored.intent.id, stored);
    this.journal().append({ kind: 'intent', id: stored.intent.id, value: stored });
    return stored;
  }

  saveCharge(charge: Charge): Charge {
    this.charges.set(charge.id, charge);
    this.journal().append({ kind: 'charge', id: charge.id, value: charge });
    return charge;
  }

  saveRefund(refund: Refund): Refund {
    this.refunds.set(refund.id, refund);
    this.journal().append({ kind: 'refund', id: refund.id, value: refund });
    return refund;
  }

  saveDispute(dispute: Dispute): Dispute {
    this.disputes.set(dispute.id, dispute);
    this.journal().append({ kind: 'dispute', id: dispute.id, value: dispute });
    return dispute;
  }

  intent(id: string): StoredIntent {
    return this.intents.get(id) ?? missing('payment_intent', id);
  }

  charge(id: string): Charge {
    return this.charges.get(id) ?? missing('charge', id);
  }

  refund(id: string): Refund {
    return this.refunds.get(id) ?? missing('refund', id);
  }

  dispute(id: string): Dispute {
    return this.disputes.get(id) ?? missing('dispute', id);
  }
}

/** Newest first. */
export function newest<T>(objects: ReadonlyMap<string, T>): T[] {
  return [...objects.values()].reverse();
}
