import { Injectable } from '@nestjs/common';
import { PayableOrders } from '#modules/orders/contract.js';
import { Clock } from '#kernel/clock.js';
import { afterProviderAnswer } from '../failpoints.js';
import { ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, EventLog } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { ProviderRefused } from '../../domain/errors.js';
import type { Payment } from '../../domain/payment.js';
import { contradicted, impliedState, type ProviderPaymentState } from '../../domain/provider-state.js';
import type { AnyPaymentEvent } from '../../events.js';
import { LockedPayments } from '../locked-payments.js';
import { creationKey, PaymentProvider } from '../payment-provider.js';
import { Payments } from '../payments.js';
import { ApplyProviderState } from './apply-provider-state.js';

/** Null when there was nothing to ask any more. */
export type ProviderAnswer = ProviderPaymentState | null;

/** What all questions to the provider have in common: a payment it knows, and an answer that is applied to it. */
@Injectable() // inherited by the consumers, which have no constructors of their own
export abstract class CallProvider<Event extends AnyPaymentEvent = AnyPaymentEvent> extends ExternalCallConsumer<
  ProviderAnswer,
  Event
> {
  constructor(
    protected readonly payments: Payments,
    protected readonly provider: PaymentProvider,
    protected readonly orders: PayableOrders,
    protected readonly providerStates: ApplyProviderState,
    protected readonly events: EventLog,
    protected readonly clock: Clock,
    private readonly locked: LockedPayments,
  ) {
    super();
  }

  protected abstract ask(payment: Payment, event: Event, attempt: number): Promise<ProviderAnswer>;

  override async call(event: Event, attempt: number): Promise<ProviderAnswer> {
    const payment = await this.payments.find(event.subject.id, null);
    // What another processor has taken is not for us to touch there.
    const answer = payment?.provider === this.provider.name ? await this.askOrRefused(payment, event, attempt) : null;
    afterProviderAnswer();
    return answer;
  }

  override sharesTransaction(_event: Event): boolean {
    return true;
  }

  override async lockAhead(tx: Tx, events: readonly Event[]): Promise<void> {
    await this.locked.lockAhead(
      tx,
      events.map(({ subject: { id }, data: { orderId } }) => ({ id, orderId })),
    );
  }

  /** A provider that will not have the payment at all has answered. */
  private async askOrRefused(payment: Payment, event: Event, attempt: number): Promise<ProviderAnswer> {
    try {
      return await this.ask(payment, event, attempt);
    } catch (error) {
      if (!(error instanceof ProviderRefused)) throw error;
      const code = String(error.members['providerCode']);
      return impliedState(payment, 'failed', { code, message: error.message });
    }
  }

  override async record(tx: Tx, event: Event, answer: ProviderAnswer): Promise<void> {
    if (!answer) return;
    const location = { id: event.subject.id, orderId: event.data.orderId };
    const effect = await this.providerStates.applyTo(tx, location, answer, causeOf(event));
    // Other money than our books speak of: not applied, and on the record for a person to see.
    if (effect.kind === 'needs_review') {
      const payment = (await this.payments.lock(tx, event.subject.id))!;
      await this.events.append(tx, [contradicted(payment, effect.detail)], causeOf(event));
    }
  }

  /** The provider's id of the payment; creates the intent there when an earlier attempt did not get that far. */
  protected async referenceOf(payment: Payment, event: Event): Promise<string> {
    return payment.providerReference ?? (await this.create(payment, event)).reference;
  }

  protected create(payment: Payment, { requestId }: Event): Promise<ProviderPaymentState> {
    return this.provider.create(
      { ...payment, paymentId: payment.id },
      { idempotencyKey: creationKey(payment), requestId },
    );
  }
}
