import { count, nullable, object, text, uuid } from '#kernel/schema.js';
import type { Schema } from '#kernel/schema.js';
import { eventType } from '#ports/events.js';

const method = {
  paymentMethodId: uuid,
  customerId: text,
  provider: text,
  providerReference: nullable(text),
  setupReference: nullable(text),
  brand: nullable(text),
  last4: nullable(text),
  expMonth: nullable(count),
  expYear: nullable(count),
};
const example = {
  paymentMethodId: '01939d00-0000-7000-8000-000000000901',
  customerId: 'customer-42',
  provider: 'stripe',
  providerReference: 'pm_1ExampleExample',
  setupReference: 'seti_1ExampleExample',
  brand: 'visa',
  last4: '4242',
  expMonth: 12,
  expYear: 2034,
};

function declared<Payload>(isPublic: boolean, description: string, payload: Schema<Payload>, shown: Payload) {
  return eventType({ version: 1, isPublic, description, payload, example: shown });
}

/** What happens to payment methods that the provider keeps for customers; a part of the module's events. */
export const methodEvents = {
  'payment_method.saved': declared(
    true,
    'The provider keeps a payment method for a customer; it can now be used for payments.',
    object(method),
    example,
  ),
  'payment_method.failed': declared(false, 'A payment method could not be saved.', object(method), {
    ...example,
    providerReference: null,
  }),
  'payment_method.detached': declared(
    true,
    'A payment method can no longer be used; the provider detaches it.',
    object(method),
    example,
  ),
  'payment_method.detach_requested': declared(
    false,
    'The provider is to let go of a payment method that was detached before it was saved.',
    object(method),
    example,
  ),
  'provider_customer.forgotten': declared(
    false,
    'A customer was erased; the provider is to delete them and their payment methods.',
    object({ provider: text, reference: text }),
    { provider: 'stripe', reference: 'cus_ExampleExample' },
  ),
};
