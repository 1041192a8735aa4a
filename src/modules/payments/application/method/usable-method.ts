import { Injectable } from '@nestjs/common';
import { isId } from '#kernel/ids.js';
import type { Tx } from '#ports/tx.js';
import { PaymentMethodNotUsable } from '../../domain/errors.js';
import type { Attempt, NamedMethod } from '../../domain/payment-events.js';
import { PaymentProvider } from '../payment-provider.js';
import { PaymentMethods } from './payment-methods.js';

/**
 * Finds what a payer wants to pay with: a saved method, by our id or the provider's, or a token of the provider's that is used
 * once. A saved method pays for orders of its customer only. Nothing is locked: what is detached at this moment is refused by
 * the provider.
 */
@Injectable()
export class UsableMethod {
  constructor(
    private readonly methods: PaymentMethods,
    private readonly provider: PaymentProvider,
  ) {}

  /**
   * @param order of whom; null for a payment of no order, which the shop makes
   * @throws PaymentMethodNotUsable
   */
  async of(tx: Tx, named: NamedMethod, order: { readonly customerId: string | null } | null): Promise<Attempt> {
    const { paymentMethodId, returnUrl, isOffSession } = named;
    const saved = await this.methods.look(tx, this.provider.name, paymentMethodId);
    if (saved === null) {
      if (isId(paymentMethodId)) throw new PaymentMethodNotUsable('No such payment method is saved.');
      if (isOffSession) throw new PaymentMethodNotUsable('Off-session payments require a saved payment method.');
      return { paymentMethodId, returnUrl, isOffSession, providerCustomer: null };
    }
    if (order !== null && order.customerId !== saved.customerId)
      throw new PaymentMethodNotUsable('No such payment method is saved for the customer of this order.');
    if (saved.status !== 'active' || saved.providerReference === null)
      throw new PaymentMethodNotUsable(`The payment method is ${saved.status}.`);
    const providerCustomer = await this.methods.providerCustomer(tx, saved.provider, saved.customerId);
    return { paymentMethodId: saved.providerReference, returnUrl, isOffSession, providerCustomer };
  }
}
