import { Injectable } from '@nestjs/common';
import { causeOf } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import { captureRefused } from '../../domain/payment-transitions.js';
import type { Payment } from '../../domain/payment.js';
import type { RecordedPaymentEvent } from '../../events.js';
import { CallProvider, type ProviderAnswer } from './call-provider.js';

type Requested = RecordedPaymentEvent<'payment.capture_requested'>;

/** Asks the provider to capture what it has authorized. */
@Injectable()
export class CapturePaymentAtProvider extends CallProvider<Requested> {
  static readonly id = 'payments.capture-at-provider';
  static readonly aliases = ['CapturePaymentAtProvider'];

  protected override async ask(payment: Payment, event: Requested): Promise<ProviderAnswer> {
    const { amountToCapture } = event.data;
    if (payment.status !== 'requires_capture') return null;
    return this.provider.capture(await this.referenceOf(payment, event), amountToCapture, payment.currency, {
      idempotencyKey: event.id,
      requestId: event.requestId,
    });
  }

  /** Still only authorized: the provider has refused to capture, and may be asked again. */
  override async record(tx: Tx, event: Requested, answer: ProviderAnswer): Promise<void> {
    await super.record(tx, event, answer);
    if (answer?.status !== 'requires_capture') return;
    const payment = (await this.payments.lock(tx, event.subject.id))!;
    if (payment.captureRequested === null || payment.status !== 'requires_capture') return;
    const { payment: refused, events } = captureRefused(payment, answer.error, this.clock.now());
    await this.payments.save(tx, payment, refused);
    await this.events.append(tx, events, causeOf(event));
  }
}
