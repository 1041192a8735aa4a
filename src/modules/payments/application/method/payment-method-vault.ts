import type { ProviderMethod, ProviderSetup } from '../../domain/payment-method.js';
import type { ProviderCall } from '../payment-provider.js';

/** The provider has no such customer (any more). */
export class ProviderCustomerGone extends Error {}

export interface SetupRequest {
  readonly methodId: string;
  /** The provider's id of the customer. */
  readonly customer: string;
  /** What is to be saved; null when the payer names it in the browser, with the client secret. */
  readonly token: string | null;
  /** Where the payer comes back to from a page of their bank. */
  readonly returnUrl: string | null;
}

/**
 * Who keeps payment methods for customers, so that card numbers never come here. Calls carry idempotency keys of ours, as those
 * that move money. @throws Unavailable when the provider cannot be asked
 */
export abstract class PaymentMethodVault {
  /** @returns the provider's id of a new customer, the same for the same key. It is not told who that is */
  abstract createCustomer(call: ProviderCall): Promise<string>;
  /** A declined card is an answer (`failed`). @throws ProviderRefused for what is no payment method, ProviderCustomerGone */
  abstract setUp(request: SetupRequest, call: ProviderCall): Promise<ProviderSetup>;
  /** Null when the provider knows no such setup. */
  abstract retrieveSetup(reference: string, requestId: string | null): Promise<ProviderSetup | null>;
  /** Null when the provider knows no such method. */
  abstract retrieveMethod(reference: string, requestId: string | null): Promise<ProviderMethod | null>;
  /** What is detached already, or unknown, is as good as detached. */
  abstract detach(reference: string, call: ProviderCall): Promise<void>;
  /** @returns how it stands then: one that has succeeded cannot be canceled any more; null when the provider knows no such setup */
  abstract cancelSetup(reference: string, call: ProviderCall): Promise<ProviderSetup | null>;
  /** Forgets the customer and everything that is kept for them. */
  abstract forgetCustomer(reference: string, call: ProviderCall): Promise<void>;
}
