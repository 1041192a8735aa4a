import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KEY } from './shop.js';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
type Body = Record<string, unknown>;

const decimal = (minor: number) => Number((minor / 100).toFixed(2));
const minor = (price: unknown) => (typeof price === 'number' ? Number((price * 100).toFixed(6)) : price);

/**
 * A small shop API of the kind that many programs have, in front of Quittance: prices are decimals of the major unit, an order's
 * status is put, and payments are told by a message whose bare hex HMAC is in a header. It keeps nothing and decides nothing; the
 * message is passed on byte for byte to the processor `plain` of PROCESSORS.
 */
export class PlainShop {
  private constructor(
    private readonly server: Server,
    private readonly quittance: string,
  ) {}

  static async open(quittance: string): Promise<PlainShop> {
    const shop: PlainShop = new PlainShop(
      createServer((incoming, outgoing) => {
        void shop.answer(incoming).then(({ status, body }) => {
          outgoing.writeHead(status, { 'content-type': 'application/json' });
          outgoing.end(body === null ? '' : JSON.stringify(body));
        });
      }),
      quittance,
    );
    await new Promise<void>((resolve) => shop.server.listen(0, '127.0.0.1', resolve));
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(incoming: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString('utf8');
    const url = new URL(incoming.url!, 'http://plain');
    const [, collection, id, member] = url.pathname.split('/');
    const route = `${incoming.method} /${collection}${id ? '/:id' : ''}${member ? `/${member}` : ''}`;
    const key = incoming.headers['idempotency-key'] as string | undefined;
    const body = raw === '' || route === 'POST /webhooks/:id' ? {} : (JSON.parse(raw) as Body);
    const ask = (method: string, path: string, sent?: object) => this.ask(method, path, sent, key);
    switch (route) {
      case 'POST /products':
        return product(await ask('POST', '/products', { ...body, price: minor(body['price']), currency: 'USD' }));
      case 'GET /products':
        return list(await ask('GET', `/products${url.search}`), product);
      case 'GET /products/:id':
        return product(await ask('GET', `/products/${id}`));
      case 'PUT /products/:id':
        return this.putProduct(id!, body, ask);
      case 'DELETE /products/:id':
        return ask('DELETE', `/products/${id}`);
      case 'POST /orders':
        return order(await ask('POST', '/orders', body));
      case 'GET /orders':
        return list(await ask('GET', `/orders${url.search}`), order);
      case 'GET /orders/:id':
        return order(await ask('GET', `/orders/${id}`));
      case 'PUT /orders/:id/status': {
        const verb = { completed: 'complete', canceled: 'cancel', cancelled: 'cancel' }[String(body['status'])];
        if (verb === undefined) return { status: 400, body: { error: 'The status is completed or canceled.' } };
        return order(await ask('POST', `/orders/${id}/${verb}`, {}));
      }
      case 'POST /webhooks/:id':
        return this.pass(raw, incoming.headers['x-signature'] as string | undefined);
      default:
        return { status: 404, body: { error: 'There is no such route.' } };
    }
  }

  /** Stock is put as a number; here it is adjusted by what is missing. */
  private async putProduct(
    id: string,
    { stock, price, ...others }: Body,
    ask: (method: string, path: string, sent?: object) => Promise<Answer>,
  ): Promise<Answer> {
    const change = { ...others, ...(price !== undefined && { price: minor(price) }) };
    const changed = await ask('PATCH', `/products/${id}`, change);
    if (changed.status !== 200 || stock === undefined) return product(changed);
    const delta = Number(stock) - ((changed.body as Body)['stock'] as number);
    if (delta !== 0) await ask('POST', `/products/${id}/stock-adjustments`, { delta, reason: 'put' });
    return product(await ask('GET', `/products/${id}`));
  }

  private async pass(raw: string, signature: string | undefined): Promise<Answer> {
    const answer = await fetch(`${this.quittance}/api/v1/webhooks/payments/plain`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(signature !== undefined && { 'x-plain-signature': signature }),
      },
      body: raw,
    });
    return { status: answer.status, body: await answer.json() };
  }

  private async ask(
    method: string,
    path: string,
    sent: object | undefined,
    key: string = randomUUID(),
  ): Promise<Answer> {
    const answer = await fetch(`${this.quittance}/api/v1${path}`, {
      method,
      headers: {
        'x-api-key': KEY,
        ...(sent && { 'content-type': 'application/json' }),
        ...(method === 'POST' && { 'idempotency-key': key }),
      },
      ...(sent && { body: JSON.stringify(sent) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  }
}

function product({ status, body }: Answer): Answer {
  if (status >= 300) return refused({ status, body });
  const { id, name, description, price, stock } = body as Body;
  return { status, body: { id, name, description, price: decimal(price as number), stock } };
}

function order({ status, body }: Answer): Answer {
  if (status >= 300) return refused({ status, body });
  const { id, status: state, paymentStatus, total, items } = body as Body & { items: Body[] };
  return {
    status,
    body: {
      id,
      status: state,
      paid: paymentStatus === 'paid',
      total: decimal(total as number),
      items: items.map(({ productId, quantity, unitPrice }) => ({
        productId,
        quantity,
        price: decimal(unitPrice as number),
      })),
    },
  };
}

function list({ status, body }: Answer, one: (answer: Answer) => Answer): Answer {
  if (status >= 300) return refused({ status, body });
  const { data } = body as { data: unknown[] };
  return { status, body: data.map((item) => one({ status: 200, body: item }).body) };
}

function refused({ status, body }: Answer): Answer {
  const { code, detail, errors } = body as Body;
  return { status, body: { error: detail, code, ...(errors !== undefined && { errors }) } };
}
