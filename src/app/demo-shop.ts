import type { INestApplication } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { noCause } from '#ports/events.js';
import type { Receipt } from '#ports/idempotency.js';
import { Database } from '#platform/database/database.js';
import { MoveMoney } from '#modules/balances/application/move-money.js';
import { PlaceOrder } from '#modules/orders/application/place-order.js';
import type { PaymentMethod } from '#modules/orders/contract.js';
import { CreatePendingPayment } from '#modules/payments/application/create-intent.js';
import { ConfirmIntent } from '#modules/payments/application/confirm-intent.js';
import { RequestReconciliation } from '#modules/payments/application/request-reconciliation.js';
import { ChangeEndpoint } from '#modules/webhooks/application/change-endpoint.js';
import { CreateEndpoint } from '#modules/webhooks/application/create-endpoint.js';
import { ReceiveMessage } from '#modules/inbox/application/receive-message.js';
import { DEMO_ADMIN } from '#platform/settings/settings.js';
import { RegisterUser } from '#modules/access/application/register-user.js';
import { CreateProduct } from '#modules/products/application/create-product.js';

const id = (number: number) => `01939d00-0000-7000-8000-${String(number).padStart(12, '0')}`;

const products = [
  { sku: 'MUG-BLUE', name: 'Enamel mug, blue', description: 'Holds tea, survives camping.', price: 1450, currency: 'USD', stock: 10_000 },
  { sku: 'BEANS-1KG', name: 'Coffee beans, 1 kg', description: 'Single origin, roasted on Mondays.', price: 2999, currency: 'USD', stock: 10_000 },
  { sku: 'KETTLE', name: 'Gooseneck kettle', description: 'Pours where you point it.', price: 7900, currency: 'USD', stock: 500 },
  {
    sku: 'LAST-ONE',
    name: 'Signed print, the last one',
    description: 'Only one, for trying out what happens to the second buyer.',
    price: 25_000,
    currency: 'USD',
    stock: 1,
  },
  { sku: 'TENUGUI', name: 'Tenugui towel', description: 'Priced in yen, which has no decimals.', price: 1200, currency: 'JPY', stock: 10_000 },
];

/** Orders with fixed ids, so that the examples of the API's documentation work as they stand. */
const orders: readonly { number: number; paymentMethod: PaymentMethod }[] = [
  { number: 101, paymentMethod: 'manual' },
  { number: 102, paymentMethod: 'manual' },
  { number: 103, paymentMethod: 'manual' },
  { number: 104, paymentMethod: 'card' },
  { number: 105, paymentMethod: 'card' },
  { number: 106, paymentMethod: 'card' },
  { number: 107, paymentMethod: 'card' },
  { number: 108, paymentMethod: 'card' },
  { number: 109, paymentMethod: 'card' },
];

/** Fills an empty database with a small shop, through the same commands that everybody uses. */
export async function seedDemoShop(app: INestApplication): Promise<void> {
  const database = app.get(Database);
  // Every step happens once, so a seeding that was cut short is simply gone through again.
  const [state] = await database.readOnce<{ wanted: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM reconciliations WHERE id = $1)
       AND (NOT EXISTS (SELECT FROM products) OR EXISTS (SELECT FROM idempotency_records WHERE caller = 'system:demo')) AS wanted`,
    [id(401)],
  );
  if (!state!.wanted) return;
  const commands = app.get(CommandBus);
  const origin = { address: '', caller: 'system:demo', cause: noCause };
  await commands.execute(new RegisterUser({ ...DEMO_ADMIN, firstName: 'Demo', lastName: 'Admin', role: 'superadmin' }, seed('admin'), origin));
  for (const [i, draft] of products.entries()) {
    await commands.execute(new CreateProduct({ id: id(i + 1), active: true, metadata: {}, ...draft }, seed(`product-${i}`), noCause));
  }
  for (const { number, paymentMethod } of orders) {
    const items = [
      { productId: id(1), quantity: 2 },
      { productId: id(2), quantity: 1 },
    ];
    const input = {
      orderId: id(number),
      orderNumber: `DEMO-${number}`,
      customerId: 'customer-42',
      items,
      paymentMethod,
      shippingAddress: null,
      metadata: {},
      expiresAfterMs: null,
    };
    await commands.execute(new PlaceOrder(input, seed(`order-${number}`), noCause));
  }
  await commands.execute(new MoveMoney('deposit', 'customer-42', 10_000, 'USD', 'opening balance', seed('deposit'), noCause));
  await seedEndpoints(commands);
  await seedPayments(commands);
}

/** One endpoint to try things with (801) and one to delete (802). Nobody listens there, so they are disabled at first. */
async function seedEndpoints(commands: CommandBus): Promise<void> {
  for (const number of [801, 802]) {
    const draft = { url: 'https://merchant.example/hooks', events: ['*'], description: 'An endpoint of the demo shop' };
    await commands.execute(new CreateEndpoint(draft, seed(`endpoint-${number}`), noCause, id(number), false));
    await commands.execute(new ChangeEndpoint(id(number), { status: 'disabled' }, null, noCause));
  }
}

/** One payment to confirm (201), one to capture (202), one to cancel (203), one to refund (204), and one of another processor. */
async function seedPayments(commands: CommandBus): Promise<void> {
  await commands.execute(new CreatePendingPayment(id(201), id(105), 'automatic', noCause));
  await commands.execute(new CreatePendingPayment(id(202), id(106), 'manual', noCause));
  await commands.execute(new CreatePendingPayment(id(203), id(107), 'automatic', noCause));
  await commands.execute(new CreatePendingPayment(id(204), id(108), 'automatic', noCause));
  for (const number of [202, 204]) await commands.execute(new ConfirmIntent(id(number), 'pm_card_visa', null, seed(`confirm-${number}`), noCause));
  const now = new Date();
  const body = { id: 'demo-notice-1', type: 'payment.succeeded', data: { orderNumber: 'DEMO-109', amount: 5899, currency: 'USD' } };
  const rawBody = Buffer.from(JSON.stringify(body));
  const notice = { id: id(301), source: 'payments', eventId: body.id, type: body.type, rawBody, headers: {}, receivedAt: now };
  await commands.execute(new ReceiveMessage(notice, noCause));
  const lastHour = { from: new Date(now.getTime() - 3_600_000), to: now };
  await commands.execute(new RequestReconciliation(id(401), lastHour, seed('reconciliation'), noCause));
}

/** Seeding repeats nothing: its receipts are as lasting as anybody's. */
function seed(name: string): Receipt<unknown> {
  const caller = 'system:demo';
  const hex = Buffer.from(name.padEnd(16, '.')).subarray(0, 16).toString('hex');
  return {
    id: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
    caller,
    key: name,
    requestHash: Buffer.from(name),
    isLasting: true,
    answer: (outcome) => {
      if ('refusal' in outcome) throw outcome.refusal;
      return { status: 201, body: '', headers: {} };
    },
  };
}
