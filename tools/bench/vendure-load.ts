import { Agent, request } from 'node:http';
import type { LoadPlan } from './asks.js';

/**
 * The client of a Vendure shop, in a process of its own. In a closed loop every connection takes one order after the other, each in a
 * session of its own, by the requests of a storefront, and counts those that end paid. Talks to its parent by IPC.
 */

interface Answer {
  readonly text: string;
  readonly token: string | undefined;
}

type Step = readonly [mutation: string, variables: object];

const shippingMethodId = process.env['BENCH_SHIPPING_METHOD']!;

function send(url: string, agent: Agent, [mutation, variables]: Step, token: string | undefined): Promise<Answer> {
  const body = JSON.stringify({ query: mutation, variables });
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api/v1/shop`,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.once('end', () =>
          resolve({ text, token: (incoming.headers['vendure-auth-token'] as string | undefined) ?? token }),
        );
        incoming.once('error', reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** A mutation whose answer is as small as it can be. */
const mutation = (types: string, call: string) =>
  `mutation (${types}) { ${call} { __typename ... on Order { id state } ... on ErrorResult { errorCode message } } }`;

const ADD = mutation('$id: ID!', 'addItemToOrder(productVariantId: $id, quantity: 1)');
const CUSTOMER = mutation('$input: CreateCustomerInput!', 'setCustomerForOrder(input: $input)');
const ADDRESS = mutation('$input: CreateAddressInput!', 'setOrderShippingAddress(input: $input)');
const SHIPPING = mutation('$ids: [ID!]!', 'setOrderShippingMethod(shippingMethodId: $ids)');
const TRANSITION = mutation('$state: String!', 'transitionOrderToState(state: $state)');
const PAYMENT = mutation('$input: PaymentInput!', 'addPaymentToOrder(input: $input)');

const address = { fullName: 'Ann Example', streetLine1: '1 Main Street', city: 'Springfield', countryCode: 'US' };

/** What a storefront asks for, and in which state each answer leaves the order. */
function steps({ productIds, linesPerOrder, customers = 1 }: LoadPlan): (readonly [Step, string])[] {
  const variants = new Set<string>();
  while (variants.size < linesPerOrder) variants.add(productIds[Math.floor(Math.random() * productIds.length)]!);
  const emailAddress = `bench-${Math.floor(Math.random() * customers)}@example.com`;
  return [
    ...[...variants].map((id) => [[ADD, { id }], 'AddingItems'] as const),
    [[CUSTOMER, { input: { firstName: 'Ann', lastName: 'Example', emailAddress } }], 'AddingItems'],
    [[ADDRESS, { input: address }], 'AddingItems'],
    [[SHIPPING, { ids: [shippingMethodId] }], 'AddingItems'],
    [[TRANSITION, { state: 'ArrangingPayment' }], 'ArrangingPayment'],
    [[PAYMENT, { input: { method: 'card', metadata: {} } }], 'PaymentSettled'],
  ];
}

/** @returns what was answered that should not have been, or null when the order is paid */
async function order(plan: LoadPlan, agent: Agent): Promise<string | null> {
  let token: string | undefined;
  for (const [step, state] of steps(plan)) {
    const answer = await send(plan.url, agent, step, token);
    if (!answer.text.includes(`"state":"${state}"`)) return answer.text;
    token = answer.token;
  }
  return null;
}

async function run(plan: LoadPlan) {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const begun = performance.now();
  const end = begun + plan.seconds * 1000;
  const result = { answers: 0, seconds: 0, wrong: 0, example: '' };
  await Promise.all(
    Array.from({ length: plan.connections }, async () => {
      while (performance.now() < end) {
        const failure = await order(plan, agent);
        if (failure === null) result.answers++;
        else {
          result.wrong++;
          result.example = failure;
        }
      }
    }),
  );
  agent.destroy();
  return { ...result, seconds: (performance.now() - begun) / 1000 };
}

process.on('message', (plan) => {
  void run(plan as LoadPlan).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
