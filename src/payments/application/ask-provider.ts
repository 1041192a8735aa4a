import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { EventLog, Sender, type Cause, type RecordedEvent } from '#kernel/events.js';
import { failpoint } from '#kernel/failpoints.js';
import type { Tx } from '#kernel/tx.js';
import { PayableOrders } from '#orders/contract.js';
import { attach, contradicted, requestVoid, type Payment, type Verdict } from '../domain/payment.js';
import { ApplyVerdict } from './apply-verdict.js';
import { creationKey } from './create-intent.js';
import { PaymentProvider, type ProviderRefund } from './payment-provider.js';
import { Payments } from './payments.js';
import { SettleRefund } from './settle-refund.js';

/** Null when there was nothing to ask any more. */
type Heard = Verdict | null;

/** What all questions to the provider have in common: a payment it knows, and an answer that becomes a verdict. */
@Injectable() // inherited by the reactions below, which have no constructors of their own
abstract class AskProvider extends Sender<Heard> {
  constructor(
    protected readonly payments: Payments,
    protected readonly provider: PaymentProvider,
    protected readonly orders: PayableOrders,
    protected readonly verdicts: ApplyVerdict,
    private readonly events: EventLog,
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
    const cause = causeOf(event);
    const effect = await this.verdicts.applyTo(tx, event.subject.id, orderId, heard, cause);
    const payment = (await this.payments.lock(tx, event.subject.id))!;
    // Other money than our books speak of: not applied, and on the record for a person to see.
    if (effect.kind === 'parked') await this.events.append(tx, [contradicted(payment, effect.detail)], cause);
    if (heard.reference === '') return;
    const attached = attach(payment, heard, this.clock.now());
    if (attached === payment) return;
    await this.payments.save(tx, payment, attached);
    if (attached.status === 'canceled' && heard.status !== 'canceled') await this.events.append(tx, [requestVoid(attached)], cause);
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
    if (payment.status !== 'processing') return null;
    if (payment.orderId !== null && !(await this.orders.isPending(payment.orderId))) return this.leaveAlone(payment);
    return this.provider.confirm(await this.referenceOf(payment), paymentMethodId, event.id);
  }

  /** The order was canceled before the provider was asked: then it is not asked. What it knows of the intent is voided elsewhere. */
  private leaveAlone({ providerReference, amount, currency }: Payment): Heard {
    if (providerReference !== null) return null;
    return { reference: '', clientSecret: null, status: 'canceled', amount, amountCaptured: 0, currency, error: null, charge: null };
  }

  /** The provider could not be asked for hours. The payment can be tried again; a success that comes all the same is believed. */
  override async gaveUp(tx: Tx, event: RecordedEvent, error: string): Promise<void> {
    const { orderId, amount, currency } = event.data as { orderId: string | null; amount: number; currency: string };
    const failed: Verdict = {
      reference: '',
      clientSecret: null,
      status: 'failed',
      amount,
      amountCaptured: 0,
      currency,
      error: { code: 'provider_unavailable', message: error.slice(0, 500) },
      charge: null,
    };
    await this.verdicts.applyTo(tx, event.subject.id, orderId, failed, causeOf(event));
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
