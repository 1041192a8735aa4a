import { Module } from '@nestjs/common';
import './scopes.js';
import { OrderSettings } from './settings.js';
import { BalancesModule } from '#modules/balances/balances.module.js';
import { InventoryModule } from '#modules/inventory/inventory.module.js';
import { PricingModule } from '#modules/pricing/pricing.module.js';
import { ProductsModule } from '#modules/products/products.module.js';
import { OrderPricingController } from './api/order-pricing.controller.js';
import { OrdersController } from './api/orders.controller.js';
import { CancelOrderHandler } from './application/cancel-order.js';
import { CompleteOrderHandler } from './application/complete-order.js';
import { NoteBalanceOnOrder } from './application/follow-balance.js';
import { ExpireOrdersHandler } from './application/expire-orders.js';
import { MoneyTakers } from './application/money-takers.js';
import { NotePayment } from './application/note-payment.js';
import { OrderExplanations } from './application/order-explanations.js';
import { OrderCancellation } from './application/order-cancellation.js';
import { OrderReadModel } from './application/order-read-model.js';
import { OrderPolicy, Orders } from './application/orders.js';
import { OrderQueue } from './api/order-queue.js';
import { PlaceOrderHandler } from './application/place-order.js';
import { PlaceOrders } from './application/place-orders.js';
import { Completion, PayableOrders } from './contract.js';
import { ExpirySchedule } from './infrastructure/expiry-schedule.js';
import { SqlOrderReadModel } from './infrastructure/order-read-model.sql.js';
import { SqlOrders } from './infrastructure/orders.sql.js';
import { OrderData } from './infrastructure/order-data.sql.js';
import { OrderMetrics } from './metrics.js';

@Module({
  imports: [InventoryModule, ProductsModule, BalancesModule, PricingModule],
  controllers: [OrdersController, OrderPricingController],
  providers: [
    OrderQueue,
    PlaceOrders,
    PlaceOrderHandler,
    CancelOrderHandler,
    OrderCancellation,
    OrderExplanations,
    MoneyTakers,
    { provide: Completion, useExisting: MoneyTakers },
    NoteBalanceOnOrder,
    CompleteOrderHandler,
    ExpireOrdersHandler,
    ExpirySchedule,
    OrderData,
    { provide: Orders, useClass: SqlOrders },
    { provide: OrderReadModel, useClass: SqlOrderReadModel },
    { provide: PayableOrders, useClass: NotePayment },
    OrderMetrics,
    {
      provide: OrderPolicy,
      useFactory: ({
        orderAutoComplete,
        orderPaymentTtl,
        customerOpenOrders,
        customerOpenUnits,
      }: OrderSettings): OrderPolicy => ({
        autoComplete: orderAutoComplete,
        openOrdersOfCustomer: { orders: customerOpenOrders, units: customerOpenUnits },
        expiresAfterMs: orderPaymentTtl === 0 ? null : orderPaymentTtl * 1000,
      }),
      inject: [OrderSettings],
    },
  ],
  exports: [PayableOrders, Completion],
})
export class OrdersModule {}
