import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { NotFound, Unavailable } from '#kernel/errors.js';
import { afterProviderAnswer } from '../failpoints.js';
import { newId } from '#kernel/ids.js';
import { EventLog, type Cause } from '#ports/events.js';
import { IdempotencyKeyReused } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { PaymentExists, ProviderRefused } from '../../domain/errors.js';
import { newPayment } from '../../domain/new-payment.js';
import { isLive } from '../../domain/order-payments.js';
import { refuse } from '../../domain/payment-transitions.js';
import type { CaptureMethod, Payment } from '../../domain/payment.js';
import type { ProviderPaymentState } from '../../domain/provider-state.js';
import { LockedPayments } from '../locked-payments.js';
import { creationKey, PaymentProvider } from '../payment-provider.js';
import { Payments, type Creator } from '../payments.js';
import { PaymentSlot } from './payment-slot.js';

/** What the provider has made for a payment of ours; `AttachIntent` writes it down. */
export interface CreatedIntent {
  readonly paymentId: string;
  /** Null when it was written down already. */
  readonly heard: ProviderPaymentState | null;
}

/**
 * Has the provider create a payment for an order. It waits for the provider, so it has transactions of its own; its second
 * half is `AttachIntent`. Repeating it with the same creator goes on with the same payment.
 */
export class CreateIntent extends Command<CreatedIntent> {
  constructor(
    readonly orderId: string,
    readonly captureMethod: CaptureMethod,
    readonly asserted: { readonly amount?: number; readonly currency?: string },
    readonly methodTypes: readonly string[] = ['card'],
    /** Only for an order of this customer, or null for anyone's. */
    readonly customerId: string | null,
    readonly creator: Creator,
    readonly cause: Cause,
  ) {
    super();
  }
}

/**
 * Our row first, then the provider outside any transaction. After a crash in between, the repetition finds its row by the
 * creator's id, and without a repetition the relay finishes the intent.
 */
@CommandHandler(CreateIntent)
export class CreateIntentHandler implements ICommandHandler<CreateIntent> {
  constructor(
    private readonly transactions: Transactions,
    private readonly locked: LockedPayments,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly slot: PaymentSlot,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  async execute(command: CreateIntent): Promise<CreatedIntent> {
    const payment = await this.transactions.run((tx) => this.prepare(tx, command));
    // The relay may have finished what this caller, or another, was told to repeat.
    const heard = payment.providerReference === null ? await this.askProvider(payment, command.cause) : null;
    afterProviderAnswer();
    return { paymentId: payment.id, heard };
  }

  /** What cannot be created now gets no owner, so that the next request, with or without this key, goes on with it. */
  private async askProvider(payment: Payment, cause: Cause): Promise<ProviderPaymentState> {
    const call = { idempotencyKey: creationKey(payment), requestId: cause.requestId };
    try {
      return await this.provider.create({ ...payment, paymentId: payment.id }, call);
    } catch (error) {
      if (error instanceof ProviderRefused) await this.transactions.run((tx) => this.close(tx, payment, error, cause));
      else if (error instanceof Unavailable)
        await this.transactions.run((tx) => this.payments.setCreator(tx, payment.id, null));
      throw error;
    }
  }

  private async close(tx: Tx, { id, orderId }: Payment, error: ProviderRefused, cause: Cause): Promise<void> {
    const { payment } = await this.locked.at(tx, { id, orderId });
    if (payment.status !== 'requires_payment_method') return;
    const { payment: refused, events } = refuse(
      payment,
      { code: error.code, message: error.message },
      this.clock.now(),
    );
    await this.payments.save(tx, payment, refused);
    await this.events.append(tx, events, cause);
  }

  private async prepare(tx: Tx, command: CreateIntent): Promise<Payment> {
    const { orderId, captureMethod, asserted, methodTypes, customerId, creator, cause } = command;
    const order = await this.orders.lock(tx, orderId, customerId);
    if (!order) throw new NotFound('order', orderId);
    const mine = creator.id === null ? null : await this.payments.findByCreator(tx, creator.id);
    if (mine) {
      if (!mine.requestHash?.equals(creator.requestHash)) throw new IdempotencyKeyReused();
      return mine.payment;
    }
    const earlier = await this.payments.lockOfOrder(tx, orderId);
    const live = earlier.find(isLive);
    if (live) {
      if (!(await this.isFree(tx, live, command))) throw new PaymentExists(live.id);
      this.slot.assertPayable(order, asserted);
      await this.payments.setCreator(tx, live.id, creator);
      return live;
    }
    await this.slot.make(tx, order, earlier, asserted, cause);
    const { total: amount, currency } = order;
    const draft = { id: newId(), orderId, provider: this.provider.name, amount, currency, captureMethod, methodTypes };
    const { payment, events } = newPayment(draft, this.clock.now());
    await this.payments.insert(tx, payment, creator);
    await this.events.append(tx, events, cause);
    return payment;
  }

  /** A payment whose creation was given up is gone on with; any other live one stands in the way. */
  private async isFree(tx: Tx, live: Payment, { captureMethod, methodTypes }: CreateIntent): Promise<boolean> {
    const isSame = live.captureMethod === captureMethod && live.methodTypes.join() === methodTypes.join();
    return (
      isSame &&
      live.status === 'requires_payment_method' &&
      (await this.payments.unowned(tx, live.orderId!)).has(live.id)
    );
  }
}
