import { missing } from './answers.js';
import type { Journal } from './journal.js';
import type { Charge, Dispute, Refund, StoredIntent } from './objects.js';
import type { Customer, SetupIntent, StoredMethod } from './vault-objects.js';

/** Says by webhook that something has happened to an object. */
export type Tell = (type: string, object: unknown) => void;

/** Everything that the simulated bank knows, in memory and in the journal. */
export class Store {
  readonly intents = new Map<string, StoredIntent>();
  readonly charges = new Map<string, Charge>();
  readonly refunds = new Map<string, Refund>();
  readonly disputes = new Map<string, Dispute>();
  readonly customers = new Map<string, Customer>();
  readonly methods = new Map<string, StoredMethod>();
  readonly setups = new Map<string, SetupIntent>();

  constructor(private readonly journal: () => Journal) {}

  restore(kind: string, id: string, value: unknown): void {
    if (kind === 'intent') this.intents.set(id, value as StoredIntent);
    if (kind === 'charge') this.charges.set(id, value as Charge);
    if (kind === 'refund') this.refunds.set(id, value as Refund);
    if (kind === 'dispute') this.disputes.set(id, value as Dispute);
    if (kind === 'customer' && value === null) this.customers.delete(id);
    else if (kind === 'customer') this.customers.set(id, value as Customer);
    if (kind === 'method') this.methods.set(id, value as StoredMethod);
    if (kind === 'setup') this.setups.set(id, value as SetupIntent);
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

  saveCustomer(customer: Customer): Customer {
    this.customers.set(customer.id, customer);
    this.journal().append({ kind: 'customer', id: customer.id, value: customer });
    return customer;
  }

  removeCustomer(id: string): void {
    this.customers.delete(id);
    this.journal().append({ kind: 'customer', id, value: null });
  }

  saveMethod(stored: StoredMethod): StoredMethod {
    this.methods.set(stored.method.id, stored);
    this.journal().append({ kind: 'method', id: stored.method.id, value: stored });
    return stored;
  }

  saveSetup(setup: SetupIntent): SetupIntent {
    this.setups.set(setup.id, setup);
    this.journal().append({ kind: 'setup', id: setup.id, value: setup });
    return setup;
  }

  /** The test card that a method stands for; a test card stands for itself. */
  cardOf(method: string): string {
    return this.methods.get(method)?.card ?? method;
  }

  customer(id: string): Customer {
    return this.customers.get(id) ?? missing('customer', id);
  }

  method(id: string): StoredMethod {
    return this.methods.get(id) ?? missing('PaymentMethod', id);
  }

  setup(id: string): SetupIntent {
    return this.setups.get(id) ?? missing('setup_intent', id);
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
