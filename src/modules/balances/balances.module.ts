import { Module } from '@nestjs/common';
import { BalancesController, LedgerController } from './api/balances.controller.js';
import { Settings } from '#platform/settings/settings.js';
import { CaptureAtBalanceKeeper, PreorderAtBalanceKeeper, ReleaseAtBalanceKeeper } from './application/call-balance-service.js';
import { BalanceKeeper, ServiceHolds } from './application/balance-service.js';
import { ChangeHold } from './application/change-hold.js';
import { EntrustWallets } from './application/external-wallets.js';
import { RouteWallets } from './application/routed-wallets.js';
import { HttpBalanceKeeper } from './infrastructure/http-balance-service.js';
import { SqlServiceHolds } from './infrastructure/service-holds.sql.js';
import { Accounts } from './application/accounts.js';
import { KeepLedger, KeepWallets } from './application/local-wallets.js';
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
    KeepWallets,
    ChangeHold,
    EntrustWallets,
    PreorderAtBalanceKeeper,
    CaptureAtBalanceKeeper,
    ReleaseAtBalanceKeeper,
    { provide: ServiceHolds, useClass: SqlServiceHolds },
    { provide: BalanceKeeper, useClass: HttpBalanceKeeper },
    {
      provide: Wallets,
      useFactory: (settings: Settings, here: KeepWallets, elsewhere: EntrustWallets) =>
        new RouteWallets(settings.balanceServiceUrl === null ? here : elsewhere, here, elsewhere),
      inject: [Settings, KeepWallets, EntrustWallets],
    },
    { provide: Ledger, useClass: KeepLedger },
  ],
  exports: [Wallets, Ledger],
})
export class BalancesModule {}
