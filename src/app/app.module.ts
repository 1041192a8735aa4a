import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { AccessModule } from '#modules/access/access.module.js';
import { BalancesModule } from '#modules/balances/balances.module.js';
import { InboxModule } from '#modules/inbox/inbox.module.js';
import { InventoryModule } from '#modules/inventory/inventory.module.js';
import { OperationsModule } from '#modules/operations/operations.module.js';
import { OrdersModule } from '#modules/orders/orders.module.js';
import { PaymentsModule } from '#modules/payments/payments.module.js';
import { PricingModule } from '#modules/pricing/pricing.module.js';
import { ProductsModule } from '#modules/products/products.module.js';
import { WebhooksModule } from '#modules/webhooks/webhooks.module.js';
import { PlatformModule, type PlatformParts } from '#platform/platform.module.js';
import { JoinedModule } from './joined.module.js';
import type { AppSettings } from './settings.js';

/** The one table of tiers: a module may know the contracts of lower tiers and of no other. The architecture rules read it. */
export const tiers: readonly (readonly [tier: number, module: Type])[] = [
  [1, AccessModule],
  [2, BalancesModule],
  [2, InboxModule],
  [3, InventoryModule],
  [4, ProductsModule],
  [5, PricingModule],
  [6, OrdersModule],
  [7, PaymentsModule],
  [9, WebhooksModule],
  [10, OperationsModule],
];

@Module({})
export class AppModule {
  static with(parts: PlatformParts & { readonly settings: AppSettings }): DynamicModule {
    return {
      module: AppModule,
      imports: [PlatformModule.with(parts), JoinedModule.with(parts.settings), ...tiers.map(([, module]) => module)],
    };
  }
}
