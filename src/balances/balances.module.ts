import { Module } from '@nestjs/common';
import { BalancesController, LedgerController } from './api/balances.controller.js';
import { Accounts } from './application/accounts.js';
import { KeepLedger, KeepWallets } from './application/keep-wallets.js';
import { MoveMoneyHandler } from './application/move-money.js';
import { Ledger, Wallets } from './contract.js';
import { SqlAccounts } from './infrastructure/accounts.sql.js';
import { BalanceData } from './infrastructure/balance-data.sql.js';

@Module({
  controllers: [BalancesController, LedgerController],
  providers: [
    MoveMoneyHandler,
    BalanceData,
    { provide: Accounts, useClass: SqlAccounts },
    { provide: Wallets, useClass: KeepWallets },
    { provide: Ledger, useClass: KeepLedger },
  ],
  exports: [Wallets, Ledger],
})
export class BalancesModule {}
