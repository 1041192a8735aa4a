import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

/**
 * Every text that a request may hold and that is of no fixed form, by operation. A member that is not here fails the test:
 * then it is either filled in test/stories/access/erasing-people.spec.ts, or it says nothing about a person and stands in `ofTheShop`.
 */
const filledInStory = [
  'register firstName',
  'register lastName',
  'changeMe firstName',
  'changeMe lastName',
  'placeOrder customerId',
  'placeOrder shippingAddress',
  'placeOrder metadata',
  'placeOrder email',
  'placeOrder billingAddress',
  'cancelOrder reason',
  'refundPayment reason',
  'confirmPaymentIntent returnUrl',
  'savePaymentMethod customerId',
  'savePaymentMethod returnUrl',
  'deposit reference',
  'withdraw reference',
];
const ofTheShop = [
  // Secrets and codes, never stored as they are.
  'login email',
  'login code',
  'refresh refreshToken',
  'reauthenticate code',
  'confirmMfa code',
  // Names of goods, orders, keys, endpoints and what staff writes about them.
  'placeOrder orderNumber',
  'createProduct name',
  'createProduct sku',
  'createProduct description',
  'createProduct currency',
  'createProduct metadata',
  'changeProduct name',
  'changeProduct sku',
  'changeProduct description',
  'changeProduct currency',
  'changeProduct metadata',
  'adjustStock reason',
  'createApiKey name',
  'createWebhookEndpoint description',
  'changeWebhookEndpoint description',
  'createWebhookEndpoint url',
  'changeWebhookEndpoint url',
  'createWebhookEndpoint headers',
  'changeWebhookEndpoint headers',
  'createWebhookEndpoint events',
  'changeWebhookEndpoint events',
  'discardDeadLetter reason',
  'createTaxRate name',
  'changeTaxRate name',
  'createShippingMethod name',
  'changeShippingMethod name',
  'createPromotion name',
  'changePromotion name',
  // Priced, and stored nowhere.
  'createQuote shippingAddress',
  'createQuote shippingMethod',
  'createQuote couponCodes',
  'createQuote currency',
  // Codes of a fixed form, and ids of providers.
  'placeOrder shippingMethod',
  'placeOrder couponCodes',
  'createProduct taxClass',
  'changeProduct taxClass',
  'createTaxRate country',
  'createTaxRate region',
  'createTaxRate taxClass',
  'createShippingMethod taxClass',
  'createShippingMethod code',
  'changeShippingMethod taxClass',
  'createPromotion amounts',
  'createPromotion productIds',
  'createPromotion categoryIds',
  'changePromotion amounts',
  'changePromotion productIds',
  'changePromotion categoryIds',
  'createCouponCode code',
  'putPricingSettings currencies',
  'deposit currency',
  'withdraw currency',
  'createPaymentIntent currency',
  'createPaymentIntent paymentMethodTypes',
  'confirmPaymentIntent paymentMethodId',
  'takePayment currency',
  'takePayment paymentMethodId',
  'savePaymentMethod paymentMethodId',
  // Customers may not give one; the shop's own address.
  'takePayment webhookUrl',
  'settleRefund reference',
];

describe('the free texts that requests can hold', () => {
  it('are filled where people are erased, or say nothing about a person', () => {
    const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { operationId: string; requestBody?: { content: object } }>>;
      components: { schemas: Record<string, Schema> };
    };
    const schemaOf = (schema: Schema): Schema =>
      schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)!]! : schema;
    const isFree = ({ type, format, enum: values, items, properties }: Schema): boolean => {
      const types = [type].flat();
      if (types.includes('array')) return items !== undefined && isFree(schemaOf(items));
      if (types.includes('object')) return properties === undefined;
      return types.includes('string') && !values && !['uuid', 'date-time', 'password', 'email'].includes(format ?? '');
    };
    const free: string[] = [];
    for (const item of Object.values(document.paths))
      for (const { operationId, requestBody } of Object.values(item)) {
        const content = requestBody?.content as Record<string, { schema: Schema }> | undefined;
        if (!content?.['application/json'] || operationId.startsWith('receive')) continue;
        const { properties = {} } = schemaOf(content['application/json'].schema);
        for (const [name, schema] of Object.entries(properties))
          if (isFree(schemaOf(schema))) free.push(`${operationId} ${name}`);
      }
    expect(free.filter((name) => !filledInStory.includes(name) && !ofTheShop.includes(name))).toEqual([]);
    expect(free.length).toBeGreaterThan(20);
  });
});
