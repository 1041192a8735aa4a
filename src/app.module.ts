import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformModule, type PlatformParts } from '#platform/platform.module.js';
import { AccessModule } from './access/access.module.js';
import { BalancesModule } from './balances/balances.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { ProductsModule } from './products/products.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

@Module({})
export class AppModule {
  static with(parts: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [PlatformModule.with(parts), AccessModule, ProductsModule, BalancesModule, OrdersModule, PaymentsModule, WebhooksModule, OperationsModule],
    };
  }
}
