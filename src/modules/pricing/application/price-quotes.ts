import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import type { JsonObject } from '#kernel/json.js';
import { Transactions } from '#ports/tx.js';
import { assertAvailable, Catalog, oneCurrency, type CatalogItem } from '#modules/products/contract.js';
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
    assertAvailable(draft.items, (productId) => known.get(productId));
    const asserted = draft.currency === null ? [] : [draft.currency];
    const currency = oneCurrency([...products.map((product) => product.currency), ...asserted]);
    const goods = draft.items.map(({ productId, quantity }) => ({ product: known.get(productId)!, quantity }));
    const [tariff, codes] = [await this.tariffs.latest(), await this.coupons.find(null, draft.couponCodes)];
    const request = {
      currency,
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
