import { Injectable } from '@nestjs/common';
import type { MessageEffect } from '#modules/inbox/contract.js';
import { Clock } from '#kernel/clock.js';
import { Counters } from '#ports/counters.js';
import { EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import {
  applySetup,
  detach,
  renewed,
  type MethodChange,
  type PaymentMethod,
  type ProviderMethod,
  type ProviderSetup,
} from '../../domain/payment-method.js';
import { PaymentMethods } from './payment-methods.js';

const DAY_SECONDS = 86_400;
/** Cards that a customer may have refused in a day: saving one is as good as trying one out. */
export const MOST_REFUSED = 20;
const ALREADY_SAVED = 'already_saved';

/** The counter of what was refused of a customer in a day. */
export function refusedMethodsOf(customerId: string): string {
  return `methods/refused/${customerId}`;
}

const alreadySaved = {
  status: 'failed' as const,
  nextAction: null,
  error: { code: ALREADY_SAVED, message: 'This payment method is already saved.' },
  method: null,
};

/** Applies what the provider says about saved payment methods: its answers, its messages, and what is looked up. Locks: the method. */
@Injectable()
export class ApplySetup {
  constructor(
    private readonly methods: PaymentMethods,
    private readonly events: EventLog,
    private readonly counters: Counters,
    private readonly clock: Clock,
  ) {}

  /** What a setup that carries our id has become. */
  async apply(tx: Tx, provider: string, heard: ProviderSetup, cause: Cause): Promise<MessageEffect> {
    const known = heard.methodId === null ? null : await this.methods.lock(tx, heard.methodId);
    if (known?.provider !== provider)
      return { kind: 'unmatched', detail: `No payment method of ours is set up by ${heard.reference}.` };
    const after = await this.applyHeard(tx, known, heard, cause);
    return { kind: 'applied', detail: `The payment method is ${after.status}.` };
  }

  async applyTo(tx: Tx, id: string, heard: ProviderSetup, cause: Cause): Promise<PaymentMethod> {
    return this.applyHeard(tx, (await this.methods.lock(tx, id))!, heard, cause);
  }

  /** The method is locked. Repeating it changes nothing. */
  detach(tx: Tx, method: PaymentMethod, cause: Cause): Promise<PaymentMethod> {
    return this.write(tx, method, detach(method, this.clock.now()), cause);
  }

  private async applyHeard(tx: Tx, method: PaymentMethod, heard: ProviderSetup, cause: Cause): Promise<PaymentMethod> {
    const isTaken =
      heard.status === 'active' && heard.method !== null && (await this.isTaken(tx, method, heard.method));
    const change = applySetup(method, isTaken ? { ...heard, ...alreadySaved } : heard, this.clock.now());
    return this.write(tx, method, change, cause);
  }

  /** How the provider keeps a method now; null when it keeps it no longer. */
  async applyMethod(
    tx: Tx,
    provider: string,
    reference: string,
    heard: ProviderMethod | null,
    cause: Cause,
  ): Promise<MessageEffect> {
    const method = await this.methods.lockByReference(tx, provider, reference);
    if (method?.status !== 'active')
      return { kind: 'ignored', detail: `${reference} is not a payment method that is saved here.` };
    const after =
      heard === null
        ? await this.detach(tx, method, cause)
        : await this.write(tx, method, { method: renewed(method, heard, this.clock.now()), events: [] }, cause);
    return { kind: 'applied', detail: `The payment method is ${after.status}.` };
  }

  /** What is saved already, under another id, is not saved again. Guard: payment_methods_active_unique. */
  private async isTaken(tx: Tx, { id, provider }: PaymentMethod, { reference }: ProviderMethod): Promise<boolean> {
    await this.methods.lockReference(tx, provider, reference);
    const other = await this.methods.look(tx, provider, reference);
    return other !== null && other.id !== id && other.status === 'active';
  }

  private async write(tx: Tx, before: PaymentMethod, change: MethodChange, cause: Cause): Promise<PaymentMethod> {
    const { method, events } = change;
    if (method === before) return before;
    await this.methods.save(tx, before, method);
    await this.events.append(tx, events, cause);
    const isRefused = events.some(({ type }) => type === 'payment_method.failed');
    if (!isRefused || method.lastError?.code === ALREADY_SAVED) return method;
    const { count } = await this.counters.count(refusedMethodsOf(method.customerId), DAY_SECONDS, tx);
    // The setup is canceled, or a browser could go on trying cards under it.
    return count < MOST_REFUSED ? method : this.detach(tx, method, cause);
  }
}
