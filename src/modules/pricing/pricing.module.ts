import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import './scopes.js';
import { ProductsModule } from '#modules/products/products.module.js';
import { PromotionsController } from './api/promotions.controller.js';
import { QuotesController } from './api/quotes.controller.js';
import { RowRequests } from './api/row-requests.js';
import { ShippingMethodsController } from './api/shipping-methods.controller.js';
import { TariffsController } from './api/tariffs.controller.js';
import { TaxRatesController } from './api/tax-rates.controller.js';
import {
  ChangePricingRowHandler,
  CreatePricingRowHandler,
  DeletePricingRowHandler,
} from './application/change-pricing.js';
import { ChangePricingSettingsHandler, RollBackTariffHandler } from './application/change-settings.js';
import { AddCouponCodeHandler, CouponCodes } from './application/coupon-codes.js';
import { PriceQuotes } from './application/price-quotes.js';
import { PricingRows } from './application/pricing-rows.js';
import { TariffLog } from './application/tariff-log.js';
import { TariffPublisher } from './application/tariff-publisher.js';
import { Coupons, Tariffs } from './contract.js';
import { SqlCouponCodes, SqlCoupons } from './infrastructure/coupon-codes.sql.js';
import { PromotionEntity } from './infrastructure/promotion.entity.js';
import { ShippingMethodEntity } from './infrastructure/shipping-method.entity.js';
import { TaxRateEntity } from './infrastructure/tax-rate.entity.js';
import { SqlTariffLog } from './infrastructure/tariff-log.sql.js';
import { SqlTariffs } from './infrastructure/tariffs.sql.js';
import { TypeOrmPricingRows } from './infrastructure/typeorm-pricing-rows.js';

@Module({
  imports: [ProductsModule, TypeOrmModule.forFeature([TaxRateEntity, ShippingMethodEntity, PromotionEntity])],
  controllers: [
    TaxRatesController,
    ShippingMethodsController,
    PromotionsController,
    TariffsController,
    QuotesController,
  ],
  providers: [
    RowRequests,
    TariffPublisher,
    PriceQuotes,
    CreatePricingRowHandler,
    ChangePricingRowHandler,
    DeletePricingRowHandler,
    ChangePricingSettingsHandler,
    RollBackTariffHandler,
    AddCouponCodeHandler,
    { provide: PricingRows, useClass: TypeOrmPricingRows },
    { provide: TariffLog, useClass: SqlTariffLog },
    { provide: Tariffs, useClass: SqlTariffs },
    { provide: CouponCodes, useClass: SqlCouponCodes },
    { provide: Coupons, useClass: SqlCoupons },
  ],
  exports: [Tariffs, Coupons],
})
export class PricingModule {}
