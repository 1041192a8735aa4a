import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import './scopes.js';
import { StockAdjustmentsController } from './api/stock-adjustments.controller.js';
import { ProductsController } from './api/products.controller.js';
import { AdjustStockHandler } from './application/adjust-stock.js';
import { ExternalCatalog } from './application/external-catalog.js';
import { ChangeProductHandler } from './application/change-product.js';
import { CreateProductHandler } from './application/create-product.js';
import { DeleteProductHandler } from './application/delete-product.js';
import { ImportProductsHandler } from './application/import-products.js';
import { ProductReadModel } from './application/product-read-model.js';
import { Products } from './application/products.js';
import { LockedProducts } from './application/locked-products.js';
import { Catalog } from './contract.js';
import { HttpExternalCatalog } from './infrastructure/http-external-catalog.js';
import { InventoryModule } from '#modules/inventory/inventory.module.js';
import { ProductEntity } from './infrastructure/product.entity.js';
import { SqlProductReadModel } from './infrastructure/product-read-model.sql.js';
import { SqlCatalog, SqlProducts } from './infrastructure/products.sql.js';

@Module({
  imports: [InventoryModule, TypeOrmModule.forFeature([ProductEntity])],
  controllers: [ProductsController, StockAdjustmentsController],
  providers: [
    LockedProducts,
    CreateProductHandler,
    ChangeProductHandler,
    AdjustStockHandler,
    DeleteProductHandler,
    ImportProductsHandler,
    { provide: ExternalCatalog, useClass: HttpExternalCatalog },
    { provide: Products, useClass: SqlProducts },
    { provide: ProductReadModel, useClass: SqlProductReadModel },
    { provide: Catalog, useClass: SqlCatalog },
  ],
  exports: [Catalog],
})
export class ProductsModule {}
