import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '#platform/command-line/command-line.js';
import { runJob } from '#platform/command-line/lifetime.js';

const { values } = commandLine({
  name: 'npm run demo',
  purpose: 'Plays the whole story against the running server and says what happens at each step.',
  readsEnvironmentFile: true,
  options: {
    url: {
      type: 'url',
      placeholder: 'URL',
      env: 'DEMO_URL',
      default: () => `http://127.0.0.1:${process.env['PORT'] || 3000}`,
      text: 'the running server',
    },
    key: {
      type: 'text',
      placeholder: 'KEY',
      env: 'DEMO_API_KEY',
      default: 'test-key-123',
      text: 'an API key of that server',
    },
  },
  environment: { PORT: 'the port of the server on this machine' },
  examples: ['npm run demo', 'npm run demo -- --url http://127.0.0.1:4000'],
});
const { url: base, key: apiKey } = values;

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown> & { code?: string; detail?: string };
}

async function call(method: string, path: string, body?: object, key?: string): Promise<Answer> {
  const answer = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: {
      'x-api-key': apiKey,
      ...(body && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: (text ? JSON.parse(text) : {}) as Answer['body'],
  };
}

let step = 0;
const say = (text: string) => process.stdout.write(`\n${++step}. ${text}\n`);
const tell = (text: string) => process.stdout.write(`   ${text}\n`);

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status)
    throw new Error(`Expected ${status}, got ${answer.status}: ${answer.text.slice(0, 300)}`);
  return answer;
}

async function waitForOrder(id: string, isSo: (order: Answer['body']) => boolean): Promise<Answer['body']> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(250)) {
    const { body } = await call('GET', `/orders/${id}`);
    if (isSo(body)) return body;
  }
  throw new Error('The outcome did not come within a minute.');
}

/** What one step leaves to the next. */
interface Story {
  productId: string;
  orderId: string;
}

async function order(): Promise<Story> {
  say('A merchant adds a product with 3 units.');
  const product = expectStatus(
    await call('POST', '/products', { name: 'Demo teapot', price: 4200, currency: 'USD', stock: 3 }, randomUUID()),
    201,
  ).body;
  tell(`${product['name'] as string}, 42.00 USD, id ${product['id'] as string}`);

  say('A buyer orders 2. The stock is taken with the order, in one transaction.');
  const key = randomUUID();
  const request = { items: [{ productId: product['id'], quantity: 2, unitPrice: 4200 }], customerId: 'demo-customer' };
  const placed = expectStatus(await call('POST', '/orders', request, key), 201);
  const orderId = placed.body['id'] as string;
  tell(
    `order ${placed.body['orderNumber'] as string} over ${placed.body['total'] as number}, ${placed.body['status'] as string}`,
  );

  say('The answer is lost, so the buyer repeats the request with the same Idempotency-Key.');
  const replayed = expectStatus(await call('POST', '/orders', request, key), 201);
  tell(
    `the same bytes: ${String(replayed.text === placed.text)}, Idempotent-Replayed: ${replayed.headers.get('idempotent-replayed')}; one order, not two`,
  );

  say('Another buyer wants 2 as well, but only 1 is left.');
  const refused = expectStatus(
    await call('POST', '/orders', { items: [{ productId: product['id'], quantity: 2 }] }, randomUUID()),
    409,
  );
  tell(`${refused.body.code}: ${refused.body.detail}`);
  return { productId: product['id'] as string, orderId };
}

/** @returns the id of the payment */
async function pay({ orderId }: Story): Promise<string> {
  say('The buyer pays with a card that is declined.');
  const intent = expectStatus(await call('POST', '/payments/intents', { orderId }, randomUUID()), 201).body;
  tell(`payment intent ${intent['paymentIntentId'] as string}`);
  expectStatus(
    await call('POST', `/payments/intents/${intent['id'] as string}/confirm`, {
      paymentMethodId: 'pm_card_chargeDeclined',
    }),
    202,
  );
  tell('accepted, processing; waiting for the provider ...');
  const failed = await waitForOrder(orderId, (order) => order['paymentStatus'] === 'failed');
  tell(
    `the order is ${failed['status'] as string}, its payment ${failed['paymentStatus'] as string}: it can be paid again`,
  );

  say('The buyer pays with a good card.');
  expectStatus(
    await call('POST', `/payments/intents/${intent['id'] as string}/confirm`, { paymentMethodId: 'pm_card_visa' }),
    202,
  );
  tell('accepted, processing; waiting for the signed webhook ...');
  const done = await waitForOrder(orderId, (order) => order['status'] === 'completed');
  tell(`the order is ${done['status'] as string} and ${done['paymentStatus'] as string}`);

  say('A completed order cannot be canceled.');
  const tooLate = expectStatus(await call('POST', `/orders/${orderId}/cancel`, {}), 409);
  tell(`${tooLate.body.code}: ${tooLate.body.detail}`);
  return intent['id'] as string;
}

async function cancel({ productId }: Story): Promise<void> {
  say('Another order is canceled instead. Its unit goes back to stock, once, however often it is canceled.');
  const other = expectStatus(
    await call('POST', '/orders', { items: [{ productId, quantity: 1 }] }, randomUUID()),
    201,
  ).body;
  for (let i = 0; i < 3; i++)
    expectStatus(await call('POST', `/orders/${other['id'] as string}/cancel`, { reason: 'demo' }), 200);
  const { body: after } = await call('GET', `/products/${productId}`);
  tell(`stock: ${after['stock'] as number} (3 - 2 sold)`);
}

async function refund(paymentId: string): Promise<void> {
  say('The buyer gets a part of the money back, and asks for more than is left.');
  const payment = `/payments/${paymentId}/refunds`;
  tell(
    `a refund of 42.00 USD: ${expectStatus(await call('POST', payment, { amount: 4200, reason: 'one was broken' }, randomUUID()), 202).body['status'] as string}`,
  );
  const tooMuch = expectStatus(await call('POST', payment, { amount: 4201 }, randomUUID()), 409);
  tell(`${tooMuch.body.code}: ${tooMuch.body.detail}`);
}

async function payFromBalance({ productId }: Story): Promise<void> {
  say('Another buyer pays from a balance: the money is held with the order, and let go when it is canceled.');
  const customer = `demo-${randomUUID().slice(0, 8)}`;
  expectStatus(
    await call('POST', `/balances/${customer}/deposits`, { amount: 5000, currency: 'USD' }, randomUUID()),
    201,
  );
  const held = { items: [{ productId, quantity: 1 }], customerId: customer, paymentMethod: 'balance' };
  const heldOrder = expectStatus(await call('POST', '/orders', held, randomUUID()), 201).body;
  const account = async () => {
    const { accounts } = (await call('GET', `/balances/${customer}`)).body as unknown as {
      accounts: { available: number; blocked: number }[];
    };
    return `available ${accounts[0]!.available}, blocked ${accounts[0]!.blocked}`;
  };
  tell(await account());
  expectStatus(await call('POST', `/orders/${heldOrder['id'] as string}/cancel`, { reason: 'demo' }), 200);
  tell(await account());
}

async function chargeSaved({ productId }: Story): Promise<void> {
  say('A customer saves a card; the provider keeps it, and the shop charges it while the customer is away.');
  const customerId = `demo-${randomUUID().slice(0, 8)}`;
  const named = { customerId, paymentMethodId: 'pm_card_visa' };
  const saved = expectStatus(await call('POST', '/payments/methods', named, randomUUID()), 201).body;
  tell(`${saved['brand'] as string} ending in ${saved['last4'] as string}: ${saved['status'] as string}`);
  const items = [{ productId, quantity: 1 }];
  const order = expectStatus(await call('POST', '/orders', { items, customerId }, randomUUID()), 201).body;
  const charge = { orderId: order['id'], paymentMethodId: saved['id'], offSession: true };
  expectStatus(await call('POST', '/payments', charge, randomUUID()), 202);
  const done = await waitForOrder(order['id'] as string, ({ status }) => status === 'completed');
  tell(`the order is ${done['status'] as string} and ${done['paymentStatus'] as string}`);
}

async function reconcile(): Promise<void> {
  say('Our books are compared with the payment provider’s.');
  const run = expectStatus(await call('POST', '/operations/reconciliations', {}), 202).body;
  let reconciled = run;
  for (
    const deadline = Date.now() + 30_000;
    reconciled['finishedAt'] === null && Date.now() < deadline;
    await sleep(250)
  ) {
    reconciled = (await call('GET', `/operations/reconciliations/${run['id'] as string}`)).body;
  }
  const { payments, open } = reconciled['report'] as {
    payments: { provider: number; same: number; waiting: number };
    open: number;
  };
  tell(
    `${payments.provider} payments at the provider, ${payments.same} the same here, ${payments.waiting} under way, ${open} to be looked at`,
  );
  process.stdout.write('\nThe books add up.\n');
}

await runJob({ text: 'The demo failed', code: 1 }, async () => {
  try {
    const story = await order();
    const paymentId = await pay(story);
    await cancel(story);
    await refund(paymentId);
    await payFromBalance(story);
    await chargeSaved(story);
    await reconcile();
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(`no server answers at ${base}. Start one with npm start, or give --url`, { cause: error });
  }
});
