import { Injectable } from '@nestjs/common';
import { ExternalCallConsumer, NotYet } from '#ports/consumers.js';
import { causeOf, EventLog, type Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { MessageEffect } from '#modules/inbox/contract.js';
import type { ProviderDispute } from '../../domain/dispute.js';
import { contradicted, type ProviderPaymentState } from '../../domain/provider-state.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { ApplyDispute } from '../dispute/apply-dispute.js';
import type { ProviderMethod, ProviderSetup } from '../../domain/payment-method.js';
import { ApplySetup } from '../method/apply-setup.js';
import { PaymentMethodVault } from '../method/payment-method-vault.js';
import { ApplyProviderState } from '../payment/apply-provider-state.js';
import { PaymentProvider, type ListedRefund } from '../payment-provider.js';
import { Payments } from '../payments.js';
import { SettleRefund } from '../refund/settle-refund.js';

type Requested = RecordedPaymentEvent<'provider_object.lookup_requested'>;

/** What the provider has under a reference; null where it has nothing. */
type Found =
  | { readonly payment: ProviderPaymentState }
  | { readonly refund: ListedRefund }
  | { readonly dispute: ProviderDispute }
  | { readonly setup: ProviderSetup }
  | { readonly reference: string; readonly method: ProviderMethod | null }
  | null;

/** A message that names an object without carrying it: the object is asked for, and applied as if it had been carried. */
@Injectable()
export class LookUpObject extends ExternalCallConsumer<Found, Requested> {
  static readonly id = 'payments.look-up-object';

  constructor(
    private readonly provider: PaymentProvider,
    private readonly payments: Payments,
    private readonly providerStates: ApplyProviderState,
    private readonly refunds: SettleRefund,
    private readonly disputes: ApplyDispute,
    private readonly vault: PaymentMethodVault,
    private readonly setups: ApplySetup,
    private readonly events: EventLog,
  ) {
    super();
  }

  override async call({ data: { object, reference }, requestId }: Requested): Promise<Found> {
    if (object === 'refund') {
      const refund = await this.provider.retrieveRefund(reference, requestId);
      return refund && { refund };
    }
    if (object === 'dispute') {
      const dispute = await this.provider.retrieveDispute(reference, requestId);
      return dispute && { dispute };
    }
    if (object === 'setup') {
      const setup = await this.vault.retrieveSetup(reference, requestId);
      return setup && { setup };
    }
    if (object === 'method') return { reference, method: await this.vault.retrieveMethod(reference, requestId) };
    const payment = await this.provider.retrieve(reference, requestId);
    return payment && { payment };
  }

  override async record(tx: Tx, event: Requested, found: Found): Promise<void> {
    if (found === null) return;
    const effect = await this.apply(tx, found, causeOf(event));
    // One that carries an id of ours may be earlier than our own transaction; any other belongs to another program.
    const isOurs =
      'payment' in found ? found.payment.paymentId !== null : 'refund' in found && found.refund.refundId !== null;
    if (effect.kind === 'unmatched' && isOurs) throw new NotYet(effect.detail);
    if (effect.kind === 'needs_review' && 'payment' in found) {
      const location = (await this.payments.findByReference(tx, this.provider.name, found.payment.reference))!;
      const payment = (await this.payments.lock(tx, location.id))!;
      await this.events.append(tx, [contradicted(payment, effect.detail)], causeOf(event));
    }
  }

  private apply(tx: Tx, found: NonNullable<Found>, cause: Cause): Promise<MessageEffect> {
    const { name } = this.provider;
    if ('payment' in found) return this.providerStates.apply(tx, name, found.payment, cause);
    if ('setup' in found) return this.setups.apply(tx, name, found.setup, cause);
    if ('method' in found) return this.setups.applyMethod(tx, name, found.reference, found.method, cause);
    if ('refund' in found) return this.refunds.settleListed(tx, name, found.refund, cause);
    return this.disputes.apply(tx, name, found.dispute, cause);
  }
}
