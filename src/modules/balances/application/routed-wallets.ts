import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { Wallets, type Hold, type WalletAccount } from '../contract.js';
import type { ExternalWallets } from './external-wallets.js';
import type { LocalWallets } from './local-wallets.js';

/**
 * New holds go to what keeps the money now; what is to become of a hold is asked of what has it. So the setting
 * may change while orders are open.
 */
export class RoutedWallets extends Wallets {
  override readonly settlesAtOnce: boolean;

  constructor(
    private readonly current: Wallets,
    private readonly here: LocalWallets,
    private readonly elsewhere: ExternalWallets,
  ) {
    super();
    this.settlesAtOnce = current.settlesAtOnce;
  }

  override lock(tx: Tx, customerIds: readonly string[], lockTimeoutMs?: number): Promise<WalletAccount[]> {
    return this.current.lock(tx, customerIds, lockTimeoutMs);
  }

  override block(
    tx: Tx,
    accounts: readonly WalletAccount[],
    holds: readonly (Hold & { readonly cause: Cause })[],
  ): Promise<void> {
    return this.current.block(tx, accounts, holds);
  }

  override async capture(tx: Tx, hold: Hold, cause: Cause): Promise<boolean> {
    return (await this.whoHas(tx, hold)).capture(tx, hold, cause);
  }

  override async release(tx: Tx, hold: Hold, cause: Cause): Promise<void> {
    return (await this.whoHas(tx, hold)).release(tx, hold, cause);
  }

  override async refund(tx: Tx, refundId: string, paymentId: string, money: Hold, cause: Cause): Promise<void> {
    return (await this.whoHas(tx, money)).refund(tx, refundId, paymentId, money, cause);
  }

  private async whoHas(tx: Tx, hold: Hold): Promise<Wallets> {
    return (await this.elsewhere.has(tx, hold)) ? this.elsewhere : this.here;
  }
}
