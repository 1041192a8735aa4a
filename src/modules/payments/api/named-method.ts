import { NotForCustomers } from '#modules/access/contract.js';
import type { Caller } from '#ports/caller.js';
import { isId } from '#kernel/ids.js';
import type { NamedMethod } from '../domain/payment-events.js';

/**
 * What a request names to pay with. Ids of ours are the same in any case; the provider's are not.
 * @throws NotForCustomers when a customer says that they are not there
 */
export function namedMethod(
  { customerId }: Caller,
  body: { readonly paymentMethodId: string; readonly returnUrl?: string; readonly offSession?: boolean },
): NamedMethod {
  const { paymentMethodId: id, returnUrl = null, offSession } = body;
  if (customerId !== null && offSession !== undefined)
    throw new NotForCustomers('Only the shop can charge a payment method off-session.');
  return { paymentMethodId: isId(id) ? id.toLowerCase() : id, returnUrl, isOffSession: offSession ?? false };
}
