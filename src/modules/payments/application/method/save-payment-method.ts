import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RateLimited } from '#modules/access/contract.js';
import { Clock } from '#kernel/clock.js';
import { newId } from '#kernel/ids.js';
import { Counters } from '#ports/counters.js';
import type { Cause } from '#ports/events.js';
import { IdempotencyKeyReused } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { PaymentMethodNotUsable, ProviderRefused, TooManyPaymentMethods } from '../../domain/errors.js';
import { newPaymentMethod, type PaymentMethod, type ProviderSetup } from '../../domain/payment-method.js';
import { afterProviderAnswer } from '../failpoints.js';
import { PaymentProvider } from '../payment-provider.js';
import type { Creator } from '../payments.js';
import { ApplySetup, MOST_REFUSED, refusedMethodsOf } from './apply-setup.js';
import { PaymentMethodVault, ProviderCustomerGone } from './payment-method-vault.js';
import { PaymentMethods } from './payment-methods.js';
import { ProviderCustomers } from './provider-customers.js';

/** Of one customer: active, or begun in the last hour. */
const MOST_METHODS = 20;
/** After that, one that was begun and not finished is given up. */
export const UNFINISHED_MS = 3_600_000;

/** What the provider has answered about a payment method; `RecordSetup` writes it down. */
export interface AskedSetup {
  readonly methodId: string;
  readonly heard: ProviderSetup;
}

/**
 * Has the provider keep a payment method for a customer. It waits for the provider, so it has transactions of its own; its
 * second half is `RecordSetup`. Repeating it with the same creator goes on with the same method.
 */
export class SavePaymentMethod extends Command<AskedSetup> {
  constructor(
    readonly customerId: string,
    /** What is to be saved; null when the payer names it in the browser. */
    readonly token: string | null,
    readonly returnUrl: string | null,
    readonly creator: Creator,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Our row first, then the provider outside any transaction. Locks: the customer as the provider has them, so that those who save
 * at once are counted one after the other. Guard: payment_methods_created_by_unique.
 */
@CommandHandler(SavePaymentMethod)
export class SavePaymentMethodHandler implements ICommandHandler<SavePaymentMethod> {
  constructor(
    private readonly transactions: Transactions,
    private readonly methods: PaymentMethods,
    private readonly vault: PaymentMethodVault,
    private readonly provider: PaymentProvider,
    private readonly customers: ProviderCustomers,
    private readonly counters: Counters,
    private readonly setups: ApplySetup,
    private readonly clock: Clock,
  ) {}

  async execute(command: SavePaymentMethod): Promise<AskedSetup> {
    const { method, noted } = await this.transactions.run((tx) => this.prepare(tx, command));
    try {
      const heard = await this.askProvider(method, noted, command);
      afterProviderAnswer();
      return { methodId: method.id, heard };
    } catch (error) {
      if (error instanceof ProviderRefused)
        await this.transactions.run((tx) => this.setups.applyTo(tx, method.id, refused(method, error), command.cause));
      throw error;
    }
  }

  private async askProvider(
    method: PaymentMethod,
    noted: string | null,
    { token, returnUrl, cause }: SavePaymentMethod,
  ): Promise<ProviderSetup> {
    // The provider remembers keys for a day only.
    const known = method.setupReference && (await this.vault.retrieveSetup(method.setupReference, cause.requestId));
    if (known) return known;
    const ask = (customer: string) =>
      this.vault.setUp(
        { methodId: method.id, customer, token, returnUrl },
        { idempotencyKey: `${method.id}:setup:${customer}`, requestId: cause.requestId },
      );
    const customer = noted ?? (await this.customers.make(method, '', cause));
    try {
      return await ask(customer);
    } catch (error) {
      if (!(error instanceof ProviderCustomerGone)) throw error;
      return ask(await this.customers.remake(method, customer, cause));
    }
  }

  private async prepare(
    tx: Tx,
    { customerId, token, creator }: SavePaymentMethod,
  ): Promise<{ method: PaymentMethod; noted: string | null }> {
    const noted = await this.methods.lockProviderCustomer(tx, this.provider.name, customerId);
    const mine = creator.id === null ? null : await this.methods.findByCreator(tx, creator.id);
    if (mine) {
      if (!mine.requestHash?.equals(creator.requestHash)) throw new IdempotencyKeyReused();
      return { method: mine.method, noted };
    }
    const saved = token === null ? null : await this.methods.look(tx, this.provider.name, token);
    if (saved?.status === 'active') throw new PaymentMethodNotUsable('This payment method is already saved.');
    const since = new Date(this.clock.now().getTime() - UNFINISHED_MS);
    if ((await this.methods.countOf(tx, customerId, since)) >= MOST_METHODS)
      throw new TooManyPaymentMethods(MOST_METHODS);
    const [tried] = await this.counters.read([refusedMethodsOf(customerId)], tx);
    if (tried && tried.count >= MOST_REFUSED)
      throw new RateLimited('Too many payment methods were refused today.', tried.resetSeconds);
    const method = newPaymentMethod(newId(), customerId, this.provider.name, this.clock.now());
    await this.methods.insert(tx, method, creator);
    return { method, noted };
  }
}

/** It was no payment method at all. */
function refused({ id }: PaymentMethod, error: ProviderRefused): ProviderSetup {
  const { providerCode: code } = error.members;
  return {
    reference: null,
    methodId: id,
    clientSecret: null,
    status: 'failed',
    nextAction: null,
    error: { code: String(code), message: error.message },
    attempt: null,
    method: null,
  };
}
