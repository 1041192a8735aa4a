import { Injectable } from '@nestjs/common';
import { together, type Tx } from '#ports/tx.js';
import { LockedPayments } from '../locked-payments.js';
import { PaymentMethods } from '../method/payment-methods.js';
import { PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';
import { DeclineLimit } from './decline-limit.js';
import type { PaymentRequest } from './take-payment.js';

/**
 * What a batch of payments locks and reads before its members are decided on. Locks: orders, then their payments, ids ascending
 * within each.
 */
@Injectable()
export class PaymentsAhead {
  constructor(
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly methods: PaymentMethods,
    private readonly provider: PaymentProvider,
    private readonly declines: DeclineLimit,
  ) {}

  async ofRequests(tx: Tx, requests: readonly PaymentRequest[], lockTimeoutMs?: number): Promise<void> {
    const orderIds = distinct(requests.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])));
    const [orders] = await together(
      () => this.locked.ofOrdersAhead(tx, orderIds, lockTimeoutMs),
      () => this.payments.lookForCreatorsAhead(tx, distinct(requests.flatMap(({ creator: { id } }) => id ?? []))),
      () => this.lookForMethods(tx, requests),
    );
    await this.declines.lookAhead(tx, orders);
  }

  async ofConfirmations(
    tx: Tx,
    confirmations: readonly { readonly id: string; readonly named: { readonly paymentMethodId: string } }[],
    lockTimeoutMs?: number,
  ): Promise<void> {
    const [found] = await together(
      () => this.payments.locateAhead(tx, distinct(confirmations.map(({ id }) => id))),
      () => this.lookForMethods(tx, confirmations),
    );
    await this.declines.lookAhead(tx, await this.locked.lockAhead(tx, found, lockTimeoutMs));
  }

  private lookForMethods(
    tx: Tx,
    asked: readonly { readonly named: { readonly paymentMethodId: string } }[],
  ): Promise<void> {
    return this.methods.lookAhead(tx, this.provider.name, distinct(asked.map(({ named }) => named.paymentMethodId)));
  }
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
