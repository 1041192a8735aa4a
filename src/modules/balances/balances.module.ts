import { Module } from '@nestjs/common';
import './scopes.js';
import { BalancesController, LedgerController } from './api/balances.controller.js';
import { MoneyQueue } from './api/money-queue.js';
import { BalanceSettings } from './settings.js';
import {
  CaptureAtBalanceService,
  PreorderAtBalanceService,
  ReleaseAtBalanceService,
} from './application/call-balance-service.js';
import { BalanceServiceClient, ServiceHolds } from './application/balance-service.js';
import { ChangeHold } from './application/change-hold.js';
import { ExternalWallets } from './application/external-wallets.js';
import { RoutedWallets } from './application/routed-wallets.js';
import { HttpBalanceServiceClient } from './infrastructure/http-balance-service.js';
import { SqlServiceHolds } from './infrastructure/service-holds.sql.js';
import { Accounts } from './application/accounts.js';
import { LocalLedger, LocalWallets } from './application/local-wallets.js';
import { MoneyMoves, MoveMoneyHandler } from './application/move-money.js';
import { Ledger, Wallets } from './contract.js';
import { SqlAccounts } from './infrastructure/accounts.sql.js';
import { BalanceData } from './infrastructure/balance-data.sql.js';
import { BalanceMetrics } from './metrics.js';

@Module({
  controllers: [BalancesController, LedgerController],
  providers: [
    BalanceMetrics,
    MoneyMoves,
    MoveMoneyHandler,
    MoneyQueue,
    BalanceData,
    { provide: Accounts, useClass: SqlAccounts },
    LocalWallets,
    ChangeHold,
    ExternalWallets,
    PreorderAtBalanceService,
    CaptureAtBalanceService,
    ReleaseAtBalanceService,
    { provide: ServiceHolds, useClass: SqlServiceHolds },
    { provide: BalanceServiceClient, useClass: HttpBalanceServiceClient },
    {
      provide: Wallets,
      useFactory: (settings: BalanceSettings, here: LocalWallets, elsewhere: ExternalWallets) =>
        new RoutedWallets(settings.balanceServiceUrl === null ? here : elsewhere, here, elsewhere),
      inject: [BalanceSettings, LocalWallets, ExternalWallets],
    },
    { provide: Ledger, useClass: LocalLedger },
  ],
  exports: [Wallets, Ledger],
})
export class BalancesModule {}
