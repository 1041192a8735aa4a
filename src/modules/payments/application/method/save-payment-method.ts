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
import { ApplySetup, refusedMethodsOf } from './apply-setup.js';
import { PaymentMethodVault } from './payment-method-vault.js';
import { PaymentMethods } from './payment-methods.js';

/** Of one customer, those that failed aside. */
const MOST_METHODS = 20;
/** Cards that a customer may have refused in a day: saving one is as good as trying one out. */
const MOST_REFUSED = 20;

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
    private readonly counters: Counters,
    private readonly setups: ApplySetup,
    private readonly clock: Clock,
  ) {}

  async execute(command: SavePaymentMethod): Promise<AskedSetup> {
    const { token, returnUrl, cause } = command;
    const { method, noted } = await this.transactions.run((tx) => this.prepare(tx, command));
    const customer = noted ?? (await this.customerOf(method, cause));
    const call = { idempotencyKey: `${method.id}:setup`, requestId: cause.requestId };
    try {
      const heard = await this.vault.setUp({ methodId: method.id, customer, token, returnUrl }, call);
      afterProviderAnswer();
      return { methodId: method.id, heard };
    } catch (error) {
      if (error instanceof ProviderRefused)
        await this.transactions.run((tx) => this.setups.applyTo(tx, method.id, refused(method, error), cause));
      throw error;
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
    if (saved?.status === 'active') throw new PaymentMethodNotUsable('This payment method is saved already.');
    if ((await this.methods.countOf(tx, customerId)) >= MOST_METHODS) throw new TooManyPaymentMethods(MOST_METHODS);
    const [tried] = await this.counters.read([refusedMethodsOf(customerId)], tx);
    if (tried && tried.count >= MOST_REFUSED)
      throw new RateLimited('Too many payment methods were refused today.', tried.resetSeconds);
    const method = newPaymentMethod(newId(), customerId, this.provider.name, this.clock.now());
    await this.methods.insert(tx, method, creator);
    return { method, noted };
  }

  /** Two that save at once may make two; the one that is noted first is used by both. */
  private async customerOf({ id, provider, customerId }: PaymentMethod, { requestId }: Cause): Promise<string> {
    const key = { idempotencyKey: `${id}:customer`, requestId };
    const reference = await this.vault.createCustomer(customerId, key);
    return this.transactions.run((tx) => this.methods.noteProviderCustomer(tx, provider, customerId, reference));
  }
}

/** It was no payment method at all. */
function refused({ id }: PaymentMethod, error: ProviderRefused): ProviderSetup {
  const { providerCode: code } = error.members;
  return {
    reference: '',
    methodId: id,
    clientSecret: null,
    status: 'failed',
    nextAction: null,
    error: { code: String(code), message: error.message },
    method: null,
  };
}
