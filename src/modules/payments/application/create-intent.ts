import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { DomainError, NotFound, Unavailable } from '#kernel/errors.js';
import { EventLog, noCause, type Cause } from '#ports/events.js';
import { failpoint } from '#kernel/failpoints.js';
import { newId } from '#kernel/ids.js';
import { IdempotencyKeyReused, Receipts, type Answer, type Receipt } from '#ports/idempotency.js';
import { Transactions, type Tx } from '#ports/tx.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { PaymentExists, ProviderRefused } from '../domain/errors.js';
import { attach, newPayment, refuse, requestVoid, type CaptureMethod, type Payment, type ProviderPaymentState } from '../domain/payment.js';
import { isLive } from './apply-provider-state.js';
import { PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';
import { PaymentSlot } from './payment-slot.js';

export class CreateIntent {
  constructor(
    readonly orderId: string,
    readonly captureMethod: CaptureMethod,
    readonly asserted: { readonly amount?: number; readonly currency?: string },
    readonly methodTypes: readonly string[] | undefined,
    /** Only for an order of this customer, or null for anybody's. */
    readonly customerId: string | null,
    readonly receipt: Receipt<Payment>,
    readonly cause: Cause,
  ) {}
}

const defaultMethodTypes: readonly string[] = ['card'];

/** The key under which the provider creates the intent of a payment, whoever asks and however often. */
export function creationKey(payment: Pick<Payment, 'id'>): string {
  return `${payment.id}:create`;
}

/**
 * Our row first, then the provider outside any transaction, then its answer together with the receipt. After a crash in
 * between, the repetition finds its row by the receipt's id, and without one the relay finishes the intent.
 */
@CommandHandler(CreateIntent)
export class CreateIntentHandler implements ICommandHandler<CreateIntent, Answer> {
  constructor(
    private readonly transactions: Transactions,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly room: PaymentSlot,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly receipts: Receipts,
    private readonly clock: Clock,
  ) {}

  async execute(command: CreateIntent): Promise<Answer> {
    const { receipt } = command;
    const remembered = await this.receipts.find(receipt);
    if (remembered) return remembered;
    try {
      const payment = await this.transactions.run((tx) => this.prepare(tx, command));
      const verdict = await this.askProvider(payment, command.cause);
      failpoint('provider.after-answer');
      return await this.receipts.once(receipt, (tx) => this.attach(tx, payment.id, verdict, command.cause));
    } catch (refusal) {
      if (!(refusal instanceof DomainError) || !refusal.isRemembered) throw refusal;
      return this.receipts.once(receipt, async () => {
        throw refusal;
      });
    }
  }

  /** What cannot be created now belongs to nobody, so that whoever comes next, with or without this key, goes on with it. */
  private async askProvider(payment: Payment, { requestId }: Cause): Promise<ProviderPaymentState> {
    try {
      return await this.provider.create({ ...payment, paymentId: payment.id }, { idempotencyKey: creationKey(payment), requestId });
    } catch (error) {
      if (error instanceof ProviderRefused) await this.transactions.run((tx) => this.close(tx, payment, error));
      else if (error instanceof Unavailable) await this.transactions.run((tx) => this.payments.setCreator(tx, payment.id, null));
      throw error;
    }
  }

  private async close(tx: Tx, { id, orderId }: Payment, error: ProviderRefused): Promise<void> {
    await this.orders.lock(tx, orderId!);
    const payment = (await this.payments.lock(tx, id))!;
    if (payment.status !== 'requires_payment_method') return;
    const { payment: refused, events } = refuse(payment, { code: error.code, message: error.message }, this.clock.now());
    await this.payments.save(tx, payment, refused);
    await this.events.append(tx, events, noCause);
  }

  private async attach(tx: Tx, id: string, verdict: ProviderPaymentState, cause: Cause): Promise<Payment> {
    const payment = (await this.payments.lock(tx, id))!;
    const attached = attach(payment, verdict, this.clock.now());
    if (attached === payment) return payment;
    await this.payments.save(tx, payment, attached);
    // The order was canceled meanwhile: what has just been made there must not be payable.
    if (attached.status === 'canceled') await this.events.append(tx, [requestVoid(attached)], cause);
    return attached;
  }

  private async prepare(tx: Tx, { orderId, captureMethod, asserted, methodTypes, customerId, receipt, cause }: CreateIntent): Promise<Payment> {
    const order = await this.orders.lock(tx, orderId, customerId);
    if (!order) throw new NotFound('order', orderId);
    const mine = receipt.id === null ? null : await this.payments.findByCreator(tx, receipt.id);
    if (mine) {
      if (!mine.requestHash?.equals(receipt.requestHash)) throw new IdempotencyKeyReused();
      return mine.payment;
    }
    const earlier = await this.payments.lockOfOrder(tx, orderId);
    const live = earlier.find(isLive);
    if (live) {
      if (!(await this.isFree(tx, live, captureMethod, methodTypes))) throw new PaymentExists(live.id);
      this.room.assertPayable(order, asserted);
      await this.payments.setCreator(tx, live.id, { receiptId: receipt.id, requestHash: receipt.requestHash });
      return live;
    }
    await this.room.make(tx, order, earlier, asserted, cause);
    const { payment, events } = newPayment(
      {
        id: newId(),
        orderId,
        provider: this.provider.name,
        amount: order.total,
        currency: order.currency,
        captureMethod,
        methodTypes: methodTypes ?? defaultMethodTypes,
      },
      this.clock.now(),
    );
    await this.payments.insert(tx, payment, { receiptId: receipt.id, requestHash: receipt.requestHash });
    await this.events.append(tx, events, cause);
    return payment;
  }

  /** A payment that nobody could finish creating is gone on with; any other live one stands in the way. */
  private async isFree(tx: Tx, live: Payment, captureMethod: CaptureMethod, methodTypes: readonly string[] = defaultMethodTypes): Promise<boolean> {
    const isSame = live.captureMethod === captureMethod && live.methodTypes.join() === methodTypes.join();
    return isSame && live.status === 'requires_payment_method' && (await this.payments.unowned(tx, live.orderId!)).has(live.id);
  }
}

/** A payment row with a given id whose intent the provider creates later, when it is first confirmed. For the demo shop. */
export class CreatePendingPayment {
  constructor(
    readonly id: string,
    readonly orderId: string,
    readonly captureMethod: CaptureMethod,
    readonly cause: Cause,
  ) {}
}

@CommandHandler(CreatePendingPayment)
export class CreatePendingPaymentHandler implements ICommandHandler<CreatePendingPayment, void> {
  constructor(
    private readonly transactions: Transactions,
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly provider: PaymentProvider,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  execute({ id, orderId, captureMethod, cause }: CreatePendingPayment): Promise<void> {
    return this.transactions.run(async (tx) => {
      const order = (await this.orders.lock(tx, orderId))!;
      if (await this.payments.lock(tx, id)) return;
      const draft = {
        id,
        orderId,
        provider: this.provider.name,
        amount: order.total,
        currency: order.currency,
        captureMethod,
        methodTypes: defaultMethodTypes,
      };
      const { payment, events } = newPayment(draft, this.clock.now());
      await this.payments.insert(tx, payment, null);
      await this.events.append(tx, events, cause);
    });
  }
}
