import { Injectable } from '@nestjs/common';
import { Clock } from '#kernel/clock.js';
import { ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, EventLog, type RecordedEvent } from '#ports/events.js';
import { failpoint } from '#kernel/failpoints.js';
import type { Tx } from '#ports/tx.js';
import { PayableOrders } from '#modules/orders/contract.js';
import { ProviderRefused } from '../domain/errors.js';
import { captureRefused, contradicted, impliedState, type Payment, type ProviderPaymentState } from '../domain/payment.js';
import { ApplyProviderState } from './apply-provider-state.js';
import { creationKey } from './create-intent.js';
import { PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.js';

/** Null when there was nothing to ask any more. */
type Answer = ProviderPaymentState | null;

/** What all questions to the provider have in common: a payment it knows, and an answer that becomes a verdict. */
@Injectable() // inherited by the reactions below, which have no constructors of their own
abstract class CallProvider extends ExternalCallConsumer<Answer> {
  constructor(
    protected readonly payments: Payments,
    protected readonly provider: PaymentProvider,
    protected readonly orders: PayableOrders,
    protected readonly providerStates: ApplyProviderState,
    protected readonly events: EventLog,
    protected readonly clock: Clock,
  ) {
    super();
  }

  protected abstract ask(payment: Payment, event: RecordedEvent, attempt: number): Promise<Answer>;

  override async call(event: RecordedEvent, attempt: number): Promise<Answer> {
    const payment = await this.payments.find(event.subject.id, null);
    // What another processor has taken is not for us to touch there.
    const answer = payment?.provider === this.provider.name ? await this.askOrRefused(payment, event, attempt) : null;
    failpoint('provider.after-answer');
    return answer;
  }

  /** A provider that will not have the payment at all has given its verdict. */
  private async askOrRefused(payment: Payment, event: RecordedEvent, attempt: number): Promise<Answer> {
    try {
      return await this.ask(payment, event, attempt);
    } catch (error) {
      if (!(error instanceof ProviderRefused)) throw error;
      const code = String(error.members['providerCode']);
      return impliedState(payment, 'failed', { code, message: error.message });
    }
  }

  override async record(tx: Tx, event: RecordedEvent, answer: Answer): Promise<void> {
    if (!answer) return;
    const { orderId } = event.data as { orderId: string | null };
    const effect = await this.providerStates.applyTo(tx, event.subject.id, orderId, answer, causeOf(event));
    // Other money than our books speak of: not applied, and on the record for a person to see.
    if (effect.kind === 'needs_review') {
      const payment = (await this.payments.lock(tx, event.subject.id))!;
      await this.events.append(tx, [contradicted(payment, effect.detail)], causeOf(event));
    }
  }

  /** The provider's id of the payment; creates the intent there when an earlier attempt did not get that far. */
  protected async referenceOf(payment: Payment, event: RecordedEvent): Promise<string> {
    return payment.providerReference ?? (await this.create(payment, event)).reference;
  }

  protected create(payment: Payment, { requestId }: RecordedEvent): Promise<ProviderPaymentState> {
    return this.provider.create({ ...payment, paymentId: payment.id }, { idempotencyKey: creationKey(payment), requestId });
  }
}

/** Finishes an intent whose creation was cut short between our row and the provider's answer. */
@Injectable()
export class FinishCreatingIntent extends CallProvider {
  static readonly id = 'payments.finish-creating-intent';
  static readonly aliases = ['FinishCreatingIntent'];

  protected override async ask(payment: Payment, event: RecordedEvent): Promise<Answer> {
    if (payment.providerReference !== null || payment.status === 'canceled') return null;
    return this.create(payment, event);
  }
}

@Injectable()
export class ConfirmPaymentAtProvider extends CallProvider {
  static readonly id = 'payments.confirm-at-provider';
  static readonly aliases = ['ConfirmPaymentAtProvider'];

  protected override async ask(payment: Payment, event: RecordedEvent, attempt: number): Promise<Answer> {
    const { paymentMethodId } = event.data as { paymentMethodId: string };
    if (payment.status !== 'processing') return null;
    if (payment.superseded || (payment.orderId !== null && !(await this.orders.isPending(payment.orderId)))) return this.leaveAlone(payment, event);
    const reference = await this.referenceOf(payment, event);
    // An earlier attempt may have had its effect. Repeating it would only repeat what was answered then, and that is old.
    const now = attempt > 1 ? await this.provider.retrieve(reference, event.requestId) : null;
    if (now && now.status !== 'requires_payment_method' && now.status !== 'failed') return now;
    return this.provider.confirm(reference, paymentMethodId, { idempotencyKey: event.id, requestId: event.requestId });
  }

  /** Nobody wants it paid any more. An earlier attempt to confirm may have reached the provider all the same. */
  private async leaveAlone(payment: Payment, event: RecordedEvent): Promise<Answer> {
    const { providerReference } = payment;
    if (providerReference !== null) return this.provider.cancel(providerReference, { idempotencyKey: `${event.id}:cancel`, requestId: event.requestId });
    return impliedState(payment, 'canceled');
  }
}

@Injectable()
export class CapturePaymentAtProvider extends CallProvider {
  static readonly id = 'payments.capture-at-provider';
  static readonly aliases = ['CapturePaymentAtProvider'];

  protected override async ask(payment: Payment, event: RecordedEvent): Promise<Answer> {
    const { amountToCapture } = event.data as { amountToCapture: number };
    if (payment.status !== 'requires_capture') return null;
    return this.provider.capture(await this.referenceOf(payment, event), amountToCapture, payment.currency, {
      idempotencyKey: event.id,
      requestId: event.requestId,
    });
  }

  /** Still only authorized: the provider has refused to capture, and may be asked again. */
  override async record(tx: Tx, event: RecordedEvent, answer: Answer): Promise<void> {
    await super.record(tx, event, answer);
    if (answer?.status !== 'requires_capture') return;
    const payment = (await this.payments.lock(tx, event.subject.id))!;
    if (payment.captureRequested === null || payment.status !== 'requires_capture') return;
    const { payment: refused, events } = captureRefused(payment, answer.error, this.clock.now());
    await this.payments.save(tx, payment, refused);
    await this.events.append(tx, events, causeOf(event));
  }
}

/** Voids at the provider what we have given up. Where it is too late for that, the verdict that comes leads to a refund. */
@Injectable()
export class VoidPaymentAtProvider extends CallProvider {
  static readonly id = 'payments.void-at-provider';
  static readonly aliases = ['VoidPaymentAtProvider'];

  protected override async ask(payment: Payment, event: RecordedEvent): Promise<Answer> {
    return payment.providerReference === null
      ? null
      : this.provider.cancel(payment.providerReference, { idempotencyKey: event.id, requestId: event.requestId });
  }
}
