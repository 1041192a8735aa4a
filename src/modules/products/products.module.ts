import { Module } from '@nestjs/common';
import { ProductsController } from './api/products.controller.js';
import { AdjustStockHandler } from './application/adjust-stock.js';
import { Catalogue } from './application/catalogue.js';
import { ChangeProductHandler } from './application/change-product.js';
import { CreateProductHandler } from './application/create-product.js';
import { DeleteProductHandler } from './application/delete-product.js';
import { ImportProductsHandler } from './application/import-products.js';
import { Products } from './application/products.js';
import { Inventory } from './contract.js';
import { HttpCatalogue } from './infrastructure/http-catalogue.js';
import { SqlInventory } from '#modules/inventory/infrastructure/inventory.sql.js';
import { SqlProducts } from './infrastructure/products.sql.js';

@Module({
  controllers: [ProductsController],
  providers: [
    CreateProductHandler,
    ChangeProductHandler,
    AdjustStockHandler,
    DeleteProductHandler,
    ImportProductsHandler,
    { provide: Catalogue, useClass: HttpCatalogue },
    { provide: Products, useClass: SqlProducts },
    { provide: Inventory, useClass: SqlInventory },
  ],
  exports: [Inventory],
})
export class ProductsModule {}
