import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, Sender, type Cause, type RecordedEvent } from '#kernel/events.js';
import { failpoint } from '#kernel/failpoints.js';
import type { Tx } from '#kernel/tx.js';
import { PayableOrders } from '#orders/contract.js';
import { attach, settleRefund, type Payment, type Verdict } from '../domain/payment.js';
import { ApplyVerdict } from './apply-verdict.js';
import { creationKey } from './create-intent.js';
import { PaymentProvider, type ProviderRefund } from './payment-provider.js';
import { Payments } from './payments.js';

/** The one way in which the provider's word about a refund changes our books. Locks: order, payment, refund. */
@Injectable()
export class SettleRefund {
  constructor(
    private readonly payments: Payments,
    private readonly orders: PayableOrders,
    private readonly events: EventLog,
    private readonly clock: Clock,
  ) {}

  /** Whether anything changed; null when there is no such refund. */
  async settle(tx: Tx, refundId: string, heard: ProviderRefund, cause: Cause): Promise<boolean | null> {
    const found = await this.payments.ownerOfRefund(tx, refundId);
    if (!found) return null;
    const { paymentId, orderId } = found;
    const order = orderId === null ? null : await this.orders.lock(tx, orderId);
    const payment = (await this.payments.lock(tx, paymentId))!;
    const refund = (await this.payments.lockRefund(tx, refundId))!;
    if (refund.status !== 'pending') return false;
    const now = this.clock.now();
    await this.payments.saveRefund(tx, { ...refund, status: heard.status, providerReference: heard.reference, lastError: heard.error, updatedAt: now });
    if (heard.status === 'pending') return false;
    const change = settleRefund(payment, refund, heard.status, now);
    if (change.payment !== payment) await this.payments.save(tx, payment, change.payment);
    await this.events.append(tx, change.events, cause);
    const concernsOrder = order && heard.status === 'succeeded' && (!payment.surplus || order.status === 'canceled');
    if (concernsOrder) await this.orders.notePayment(tx, order, payment.amountRefunded < payment.amountCaptured ? 'partially_refunded' : 'refunded', cause);
    return true;
  }
}

/** Null when there was nothing to ask any more. */
type Heard = Verdict | null;

/** What all questions to the provider have in common: a payment it knows, and an answer that becomes a verdict. */
@Injectable() // inherited by the reactions below, which have no constructors of their own
abstract class AskProvider extends Sender<Heard> {
  constructor(
    protected readonly payments: Payments,
    protected readonly provider: PaymentProvider,
    private readonly verdicts: ApplyVerdict,
    private readonly clock: Clock,
  ) {
    super();
  }

  protected abstract ask(payment: Payment, event: RecordedEvent): Promise<Heard>;

  override async tell(event: RecordedEvent): Promise<Heard> {
    const payment = await this.payments.find(event.subject.id, null);
    const heard = payment && (await this.ask(payment, event));
    failpoint('provider.after-answer');
    return heard;
  }

  override async record(tx: Tx, event: RecordedEvent, heard: Heard): Promise<void> {
    if (!heard) return;
    const { orderId } = event.data as { orderId: string | null };
    await this.verdicts.applyTo(tx, event.subject.id, orderId, heard, causeOf(event));
    const payment = (await this.payments.lock(tx, event.subject.id))!;
    const attached = attach(payment, heard, this.clock.now());
    if (attached !== payment) await this.payments.save(tx, payment, attached);
  }

  /** The provider's id of the payment; creates the intent there when an earlier attempt did not get that far. */
  protected async referenceOf(payment: Payment): Promise<string> {
    if (payment.providerReference !== null) return payment.providerReference;
    return (await this.provider.create({ ...payment, paymentId: payment.id }, creationKey(payment))).reference;
  }
}

/** Finishes an intent whose creation was cut short between our row and the provider's answer. */
@Injectable()
export class FinishCreatingIntent extends AskProvider {
  protected override async ask(payment: Payment): Promise<Heard> {
    if (payment.providerReference !== null || payment.status === 'canceled') return null;
    return this.provider.create({ ...payment, paymentId: payment.id }, creationKey(payment));
  }
}

@Injectable()
export class ConfirmPaymentAtProvider extends AskProvider {
  protected override async ask(payment: Payment, event: RecordedEvent): Promise<Heard> {
    const { paymentMethodId } = event.data as { paymentMethodId: string };
    return this.provider.confirm(await this.referenceOf(payment), paymentMethodId, event.id);
  }
}

@Injectable()
export class CapturePaymentAtProvider extends AskProvider {
  protected override async ask(payment: Payment, event: RecordedEvent): Promise<Heard> {
    const { amountToCapture } = event.data as { amountToCapture: number };
    return this.provider.capture(await this.referenceOf(payment), amountToCapture, event.id);
  }
}

/** Voids at the provider what we have given up. Where it is too late for that, the verdict that comes leads to a refund. */
@Injectable()
export class VoidPaymentAtProvider extends AskProvider {
  protected override async ask(payment: Payment, event: RecordedEvent): Promise<Heard> {
    return payment.providerReference === null ? null : this.provider.cancel(payment.providerReference, event.id);
  }
}

@Injectable()
export class RefundPaymentAtProvider extends Sender<ProviderRefund | null> {
  constructor(
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
    private readonly settle: SettleRefund,
  ) {
    super();
  }

  override async tell(event: RecordedEvent): Promise<ProviderRefund | null> {
    const { refundId, refundAmount } = event.data as { refundId: string; refundAmount: number };
    const payment = await this.payments.find(event.subject.id, null);
    if (!payment?.providerReference) return null;
    const heard = await this.provider.refund(payment.providerReference, refundAmount, refundId, refundId);
    failpoint('provider.after-answer');
    return heard;
  }

  override async record(tx: Tx, event: RecordedEvent, heard: ProviderRefund | null): Promise<void> {
    const { refundId } = event.data as { refundId: string };
    if (heard) await this.settle.settle(tx, refundId, heard, causeOf(event));
  }
}

function causeOf(event: RecordedEvent): Cause {
  return { requestId: event.requestId, causedBy: event.id };
}
