import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformModule, type PlatformParts } from '#platform/platform.module.js';
import { AccessModule } from '#modules/access/access.module.js';
import { BalancesModule } from '#modules/balances/balances.module.js';
import { OperationsModule } from '#modules/operations/operations.module.js';
import { OrdersModule } from '#modules/orders/orders.module.js';
import { PaymentsModule } from '#modules/payments/payments.module.js';
import { ProductsModule } from '#modules/products/products.module.js';
import { WebhooksModule } from '#modules/webhooks/webhooks.module.js';

@Module({})
export class AppModule {
  static with(parts: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(parts),
        AccessModule,
        ProductsModule,
        BalancesModule,
        OrdersModule,
        PaymentsModule,
        WebhooksModule,
        OperationsModule,
      ],
    };
  }
}
