import { Module } from '@nestjs/common';
import { Inventory } from './contract.js';
import { SqlInventory } from './infrastructure/inventory.sql.js';

@Module({
  providers: [{ provide: Inventory, useClass: SqlInventory }],
  exports: [Inventory],
})
export class InventoryModule {}
