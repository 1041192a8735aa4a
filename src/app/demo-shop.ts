import type { INestApplication } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NewPasswords } from '#modules/access/application/new-passwords.js';
import { RegisterUser } from '#modules/access/application/register-user.js';
import { BalanceSettings } from '#modules/balances/settings.js';
import { MoveMoney } from '#modules/balances/application/move-money.js';
import { ReceiveMessages } from '#modules/inbox/application/receive-message.js';
import { CancelOrder } from '#modules/orders/application/cancel-order.js';
import { PlaceOrder } from '#modules/orders/application/place-order.js';
import type { PaymentMethod } from '#modules/orders/contract.js';
import { PaymentMethods } from '#modules/payments/application/method/payment-methods.js';
import { BeginPayment } from '#modules/payments/application/payment/begin-payment.js';
import { ConfirmIntent } from '#modules/payments/application/payment/confirm-intent.js';
import { RequestReconciliation } from '#modules/payments/application/reconciliation/request-reconciliation.js';
import { newPaymentMethod } from '#modules/payments/domain/payment-method.js';
import { CreateProduct } from '#modules/products/application/create-product.js';
import { ChangeEndpoint } from '#modules/webhooks/application/change-endpoint.js';
import { CreateEndpoint } from '#modules/webhooks/application/create-endpoint.js';
import { run, statement } from '#platform/database/statement.js';
import { DEMO_ADMIN } from './demo-admin.js';
import { seedTariff } from './demo-tariff.js';
import { systemCause } from '#ports/events.js';
import { Transactions, type Tx } from '#ports/tx.js';

const noCreator = { id: null, requestHash: Buffer.alloc(0) };
const demo = systemCause('demo');
const openingBalance = {
  kind: 'deposit',
  customerId: 'customer-42',
  amount: 10_000,
  currency: 'USD',
  reference: 'opening balance',
} as const;

const id = (number: number) => `01939d00-0000-7000-8000-${String(number).padStart(12, '0')}`;

const products = [
  {
    sku: 'MUG-BLUE',
    name: 'Enamel mug, blue',
    description: 'Holds tea, survives camping.',
    price: 1450,
    currency: 'USD',
    stock: 10_000,
  },
  {
    sku: 'BEANS-1KG',
    name: 'Coffee beans, 1 kg',
    description: 'Single origin, roasted on Mondays.',
    price: 2999,
    currency: 'USD',
    stock: 10_000,
  },
  {
    sku: 'KETTLE',
    name: 'Gooseneck kettle',
    description: 'Pours where you point it.',
    price: 7900,
    currency: 'USD',
    stock: 500,
  },
  {
    sku: 'LAST-ONE',
    name: 'Signed print, the last one',
    description: 'Only one, for trying out what happens to the second buyer.',
    price: 25_000,
    currency: 'USD',
    stock: 1,
  },
  {
    sku: 'TENUGUI',
    name: 'Tenugui towel',
    description: 'Priced in yen, which has no decimals.',
    price: 1200,
    currency: 'JPY',
    stock: 10_000,
  },
  {
    sku: 'TEAPOT-EUR',
    name: 'Teapot, 1 l',
    description: 'Sold in euros: tax is included, shipping is not.',
    price: 4500,
    currency: 'EUR',
    stock: 10_000,
    weightG: 1_100,
  },
  {
    sku: 'TEA-BOOK-EUR',
    name: 'The tea book',
    description: 'Sold in euros, at the reduced rate.',
    price: 2400,
    currency: 'EUR',
    stock: 10_000,
    taxClass: 'reduced',
    weightG: 600,
  },
  {
    sku: 'TEA-COURSE-EUR',
    name: 'Tea course, online',
    description: 'Sold in euros; nothing is sent.',
    price: 1900,
    currency: 'EUR',
    stock: 10_000,
    requiresShipping: false,
  },
];

/** Orders with fixed ids, so that the examples of the API's documentation work as they stand. */
const orders: readonly { number: number; paymentMethod: PaymentMethod; customerId?: string }[] = [
  { number: 101, paymentMethod: 'manual' },
  { number: 102, paymentMethod: 'manual' },
  { number: 103, paymentMethod: 'manual' },
  { number: 104, paymentMethod: 'card' },
  { number: 105, paymentMethod: 'card' },
  { number: 106, paymentMethod: 'card' },
  { number: 107, paymentMethod: 'card' },
  { number: 108, paymentMethod: 'card' },
  { number: 109, paymentMethod: 'card' },
  // To be canceled at once: a customer with nothing open, who can be erased.
  { number: 110, paymentMethod: 'manual', customerId: 'customer-43' },
];

// Two processes that start on one empty database wait for each other here.
const lockSeeding = statement('demo.lock', `SELECT pg_advisory_xact_lock(hashtext('demo shop'))`);
const isEmpty = statement('demo.is-empty', `SELECT NOT EXISTS (SELECT FROM products) AS empty`);

/** Fills an empty database with a small shop: the commands of the API, composed in one transaction. */
export async function seedDemoShop(app: INestApplication): Promise<void> {
  const commands = app.get(CommandBus);
  // Hashed first: a hash takes longer than a lock should be held.
  const passwordHash = await app.get(NewPasswords).hash(DEMO_ADMIN.email, DEMO_ADMIN.password, '');
  await app.get(Transactions).run(async (tx) => {
    await run(tx, lockSeeding, []);
    const [state] = await run<{ empty: boolean }>(tx, isEmpty, []);
    if (!state!.empty) return;
    await seedAdmin(tx, commands, passwordHash);
    await seedCatalogue(tx, commands);
    await seedTariff(tx, commands, demo, id);
    await seedOrders(tx, commands);
    // Where another service keeps the balances, deposits are made there.
    if (app.get(BalanceSettings).balanceServiceUrl === null)
      await commands.execute(new MoveMoney(tx, { ...openingBalance, cause: demo }));
    await seedEndpoints(tx, commands);
    await seedPayments(tx, commands);
    await seedMethods(tx, app.get(PaymentMethods));
  });
}

/** One payment method to read (901) and one to detach (902); their payers have yet to name a card. */
async function seedMethods(tx: Tx, methods: PaymentMethods): Promise<void> {
  for (const number of [901, 902])
    await methods.insert(tx, newPaymentMethod(id(number), 'customer-42', 'stripe', new Date()), noCreator);
}

async function seedAdmin(tx: Tx, commands: CommandBus, passwordHash: string): Promise<void> {
  const origin = { address: '', caller: 'system:demo', cause: demo };
  const role = 'superadmin' as const;
  const admin = { email: DEMO_ADMIN.email, passwordHash, firstName: 'Demo', lastName: 'Admin', role };
  await commands.execute(new RegisterUser(tx, admin, origin));
}

async function seedCatalogue(tx: Tx, commands: CommandBus): Promise<void> {
  for (const [i, draft] of products.entries()) {
    const product = { id: id(i + 1), active: true, metadata: {}, ...draft };
    await commands.execute(new CreateProduct(tx, product, demo));
  }
}

async function seedOrders(tx: Tx, commands: CommandBus): Promise<void> {
  const items = [
    { productId: id(1), quantity: 2 },
    { productId: id(2), quantity: 1 },
  ];
  for (const { number, paymentMethod, customerId = 'customer-42' } of orders) {
    const draft = {
      orderId: id(number),
      orderNumber: `DEMO-${number}`,
      customerId,
      items,
      paymentMethod,
      shippingAddress: null,
      metadata: {},
      expiresAfterMs: null,
    };
    await commands.execute(new PlaceOrder(tx, draft, demo));
  }
  await commands.execute(new CancelOrder(tx, id(110), null, null, demo));
}

/** One endpoint to try things with (801) and one to delete (802). Nothing listens there, so they are disabled at first. */
async function seedEndpoints(tx: Tx, commands: CommandBus): Promise<void> {
  const draft = {
    url: 'https://merchant.example/hooks',
    events: ['*'],
    description: 'An endpoint of the demo shop',
    headers: {},
  };
  for (const number of [801, 802]) {
    await commands.execute(new CreateEndpoint(tx, draft, demo, id(number)));
    await commands.execute(new ChangeEndpoint(tx, id(number), { status: 'disabled' }, null, null, demo));
  }
}

/** One payment to confirm (201), one to capture (202), one to cancel (203), one to refund (204), and one of another processor. */
async function seedPayments(tx: Tx, commands: CommandBus): Promise<void> {
  await commands.execute(new BeginPayment(tx, id(201), id(105), 'automatic', demo));
  await commands.execute(new BeginPayment(tx, id(202), id(106), 'manual', demo));
  await commands.execute(new BeginPayment(tx, id(203), id(107), 'automatic', demo));
  await commands.execute(new BeginPayment(tx, id(204), id(108), 'automatic', demo));
  for (const number of [202, 204])
    await commands.execute(
      new ConfirmIntent(
        tx,
        id(number),
        { paymentMethodId: 'pm_card_visa', returnUrl: null, isOffSession: false },
        null,
        demo,
      ),
    );
  const now = new Date();
  const data = { orderNumber: 'DEMO-109', amount: 5899, currency: 'USD' };
  const body = { id: 'demo-message-1', type: 'payment.succeeded', data };
  const rawBody = Buffer.from(JSON.stringify(body));
  const { id: eventId, type } = body;
  const message = { id: id(301), source: 'payments', eventId, type, rawBody, headers: {}, receivedAt: now };
  await commands.execute(new ReceiveMessages(tx, [{ message, cause: demo }]));
  const lastHour = { from: new Date(now.getTime() - 3_600_000), to: now };
  await commands.execute(new RequestReconciliation(tx, id(401), lastHour, demo));
}
