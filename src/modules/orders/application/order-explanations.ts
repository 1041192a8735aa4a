import { Injectable } from '@nestjs/common';
import { NotFound } from '#kernel/errors.js';
import { Tariffs } from '#modules/pricing/contract.js';
import { differences, explain, type PricingDifference, type PricingStep } from '../domain/explanation.js';
import { Orders } from './orders.js';

export interface OrderExplanation {
  readonly orderId: string;
  readonly currency: string;
  readonly tariffVersion: number;
  readonly steps: readonly PricingStep[];
  /** Null when it cannot be told. */
  readonly differences: readonly PricingDifference[] | null;
}

/** Says how an order came to its total, and whether its tariff still says the same. */
@Injectable()
export class OrderExplanations {
  constructor(
    private readonly orders: Orders,
    private readonly tariffs: Tariffs,
  ) {}

  /** @throws NotFound */
  async of(id: string, customerId: string | null): Promise<OrderExplanation> {
    const order = await this.orders.find(id, customerId);
    if (!order) throw new NotFound('order', id);
    const { currency, tariffVersion } = order;
    const tariff = await this.tariffs.at(tariffVersion);
    return {
      orderId: id,
      currency,
      tariffVersion,
      steps: explain(order),
      differences: tariff && differences(order, tariff),
    };
  }
}
