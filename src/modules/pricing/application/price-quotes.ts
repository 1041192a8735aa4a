import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import type { JsonObject } from '#kernel/json.js';
import { Transactions } from '#ports/tx.js';
import { Catalog, MixedCurrencies, ProductUnavailable, type CatalogItem } from '#modules/products/contract.js';
import { Coupons, Tariffs, type Quote } from '../contract.js';
import { quotedItem } from '../domain/quoted-item.js';

export interface QuoteDraft {
  /** An assertion about the goods; null for none. */
  readonly currency: string | null;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
  readonly shippingAddress: JsonObject | null;
  readonly shippingMethod: string | null;
  readonly couponCodes: readonly string[];
  readonly customerId: string | null;
}

export interface QuotedGoods {
  readonly quote: Quote;
  readonly goods: readonly { readonly product: CatalogItem; readonly quantity: number }[];
}

/** Prices goods as an order of this moment would, and stores nothing. */
@Injectable()
export class PriceQuotes {
  constructor(
    private readonly transactions: Transactions,
    private readonly catalog: Catalog,
    private readonly tariffs: Tariffs,
    private readonly coupons: Coupons,
    private readonly clock: Clock,
  ) {}

  /** @throws ProductUnavailable, MixedCurrencies */
  async price(draft: QuoteDraft): Promise<QuotedGoods> {
    const ids = [...new Set(draft.items.map(({ productId }) => productId))];
    const products = await this.transactions.run((tx) => this.catalog.read(tx, ids));
    const known = new Map(products.map((product) => [product.id, product]));
    const missing = draft.items.flatMap(({ productId }, i) =>
      known.get(productId)?.active ? [] : [{ pointer: `#/items/${i}/productId`, productId }],
    );
    if (missing.length > 0) throw new ProductUnavailable(missing);
    const asserted = draft.currency === null ? [] : [draft.currency];
    const currencies = [...new Set([...products.map(({ currency }) => currency), ...asserted])];
    if (currencies.length > 1) throw new MixedCurrencies(currencies);
    const goods = draft.items.map(({ productId, quantity }) => ({ product: known.get(productId)!, quantity }));
    const [tariff, codes] = [await this.tariffs.latest(), await this.coupons.find(null, draft.couponCodes)];
    const request = {
      currency: currencies[0]!,
      items: goods.map(({ product, quantity }) => quotedItem(product, quantity)),
      address: draft.shippingAddress,
      shippingMethod: draft.shippingMethod,
      customerId: draft.customerId,
      isFirstOrder: false,
      taxExempt: null,
    };
    return { goods, quote: tariff.quote(request, codes, this.clock.now()) };
  }
}
