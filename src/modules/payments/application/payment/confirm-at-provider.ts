import { Injectable } from '@nestjs/common';
import type { Payment } from '../../domain/payment.js';
import { impliedState } from '../../domain/provider-state.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { CallProvider, type ProviderAnswer } from './call-provider.js';

type Requested = RecordedPaymentEvent<'payment.confirmation_requested'>;

/** Asks the provider to take the payment with the method that its payer has named. */
@Injectable()
export class ConfirmPaymentAtProvider extends CallProvider<Requested> {
  static readonly id = 'payments.confirm-at-provider';
  static readonly aliases = ['ConfirmPaymentAtProvider'];

  protected override async ask(payment: Payment, event: Requested, attempt: number): Promise<ProviderAnswer> {
    const { paymentMethodId, returnUrl = null, providerCustomer = null, isOffSession = false } = event.data;
    if (payment.status !== 'processing') return null;
    if (payment.superseded || (payment.orderId !== null && !(await this.orders.isPending(payment.orderId))))
      return this.leaveAlone(payment, event);
    const reference = await this.referenceOf(payment, event);
    // An earlier attempt may have had its effect. Repeating it would only repeat what was answered then, and that is old.
    const now = attempt > 1 ? await this.provider.retrieve(reference, event.requestId) : null;
    const isOpen = ['requires_payment_method', 'requires_action', 'failed'].includes(now?.status ?? 'failed');
    if (now && !isOpen) return now;
    return this.provider.confirm(
      reference,
      { paymentMethodId, returnUrl, providerCustomer, isOffSession },
      { idempotencyKey: event.id, requestId: event.requestId },
    );
  }

  /** It is not to be paid any more. An earlier attempt to confirm may have reached the provider all the same. */
  private async leaveAlone(payment: Payment, event: Requested): Promise<ProviderAnswer> {
    const { providerReference } = payment;
    if (providerReference !== null)
      return this.provider.cancel(providerReference, {
        idempotencyKey: `${event.id}:cancel`,
        requestId: event.requestId,
      });
    return impliedState(payment, 'canceled');
  }
}
