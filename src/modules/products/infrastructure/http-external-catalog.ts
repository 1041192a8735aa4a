import { Injectable } from '@nestjs/common';
import { Unavailable } from '#kernel/errors.js';
import { defineFailpoint } from '#kernel/failpoints.js';
import { currencyCode, MAX_AMOUNT, minorOf } from '#kernel/money.js';
import { ProductSettings } from '../settings.js';
import { ExternalCatalog, type ExternalItem, type RejectedItem } from '../application/external-catalog.js';
import { NoCatalogue } from '../domain/errors.js';

const beforeCall = defineFailpoint('catalogue.before-call');
const afterAnswer = defineFailpoint('catalogue.after-answer');

const TIMEOUT_MS = 10_000;
const MAX_ITEMS = 1_000;

/** The catalogue of the external Balance Management service: `GET /api/products`, prices as decimals in the major unit. */
@Injectable()
export class HttpExternalCatalog extends ExternalCatalog {
  constructor(private readonly settings: ProductSettings) {
    super();
  }

  override async read(): Promise<{ items: ExternalItem[]; rejected: RejectedItem[] }> {
    const { catalogUrl, catalogToken } = this.settings;
    if (catalogUrl === null) throw new NoCatalogue();
    let listed: unknown;
    try {
      beforeCall();
      const answer = await fetch(new URL('/api/products', catalogUrl), {
        ...(catalogToken !== null && { headers: { authorization: `Bearer ${catalogToken}` } }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      afterAnswer();
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      listed = ((await answer.json()) as { data?: unknown }).data;
    } catch (error) {
      throw new Unavailable('The catalog cannot be read at the moment.', 5, error);
    }
    if (!Array.isArray(listed) || listed.length > MAX_ITEMS)
      throw new Unavailable(`The catalog is not a list of at most ${MAX_ITEMS} products.`, 60);
    const items: ExternalItem[] = [];
    const rejected: RejectedItem[] = [];
    for (const given of listed) {
      const read = itemOf((given ?? {}) as Record<string, unknown>);
      if ('detail' in read) rejected.push(read);
      else if (items.some(({ sku }) => sku === read.sku))
        rejected.push({ sku: read.sku, detail: 'it is in the catalog twice' });
      else items.push(read);
    }
    return { items, rejected };
  }
}

function itemOf({
  id,
  name,
  description,
  price,
  currency,
  stock,
}: Record<string, unknown>): ExternalItem | RejectedItem {
  const isText = (value: unknown, max: number): value is string =>
    typeof value === 'string' &&
    value.length >= 1 &&
    value.length <= max &&
    value.isWellFormed() &&
    !value.includes('\0');
  const sku = isText(id, 64) ? id : null;
  const code = typeof currency === 'string' ? currencyCode(currency) : null;
  const isCount = (value: unknown, min: number, max: number): value is number =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
  if (sku === null) return { sku, detail: 'id must be a string of 1 to 64 characters' };
  if (!isText(name, 255)) return { sku, detail: 'name must be a string of 1 to 255 characters' };
  if (code === null) return { sku, detail: 'currency must be an ISO 4217 code' };
  const amount = minorOf(price, code);
  if (!isCount(amount, 1, MAX_AMOUNT)) return { sku, detail: `price must be a decimal in ${code}, such as 19.99` };
  if (stock !== undefined && !isCount(stock, 0, 1_000_000_000)) return { sku, detail: 'stock must be a whole number' };
  return {
    sku,
    name,
    description: isText(description, 5000) ? description : null,
    price: amount,
    currency: code,
    stock: stock ?? 0,
  };
}
