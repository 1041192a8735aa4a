import { Injectable } from '@nestjs/common';
import { Ledger } from '../contract.js';
import { RetryIn, ExternalCallConsumer } from '#ports/consumers.js';
import { causeOf, type EventOf, type RecordedEvent } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import {
  accepted,
  captured,
  neverAsked,
  refused,
  released,
  type HoldChange,
  type ServiceHold,
} from '../domain/service-hold.js';
import { BalanceServiceClient, ServiceHolds, type ServiceAnswer } from './balance-service.js';
import type { BalanceEvents } from '../events.js';
import { ChangeHold } from './change-hold.js';

/** How often, and how much later, what the service does not know is asked for again, when a preorder may still arrive. */
const LATE_LOOKS = 2;
const LATE_SECONDS = 6;

type ReleaseRequested = EventOf<BalanceEvents, 'balance.release_requested'>;
type HoldEvent = RecordedEvent<string, BalanceEvents['balance.block_requested']>;

type Answer = ServiceAnswer | 'never asked' | null;

@Injectable() // inherited by the reactions below, which have no constructors of their own
abstract class CallBalanceService<Event extends HoldEvent = HoldEvent> extends ExternalCallConsumer<Answer, Event> {
  constructor(
    protected readonly holds: ServiceHolds,
    protected readonly service: BalanceServiceClient,
    protected readonly ledger: Ledger,
    private readonly changes: ChangeHold,
  ) {
    super();
  }

  /** Locks the hold alone: what also needs its order reacts to the event. */
  protected async change(tx: Tx, event: Event, how: (hold: ServiceHold) => HoldChange): Promise<ServiceHold> {
    return this.changes.apply(tx, (await this.holds.lock(tx, event.subject.id))!, how, causeOf(event));
  }
}

/** Has the service block the money of an order. */
@Injectable()
export class PreorderAtBalanceService extends CallBalanceService {
  static readonly id = 'balances.preorder';
  static readonly aliases = ['PreorderAtBalanceKeeper'];

  override async call(event: HoldEvent, attempt: number): Promise<Answer> {
    const hold = await this.holds.find(event.subject.id);
    if (hold?.state !== 'requested') return null;
    // Canceled before the service was asked. After the first attempt it is unknown what it has done, so it is asked to the end.
    if (hold.isUnwanted && attempt === 1) return 'never asked';
    return this.service.preorder(hold.orderId, hold.amount, hold.currency);
  }

  override async record(tx: Tx, event: HoldEvent, answer: Answer): Promise<void> {
    if (answer === null) return;
    await this.change(tx, event, (hold) =>
      answer === 'never asked' ? neverAsked(hold) : answer.kind === 'done' ? accepted(hold) : refused(hold, false),
    );
  }

  /** Too long without an answer: the order is canceled, and what the service may have blocked is let go. */
  override async gaveUp(tx: Tx, event: HoldEvent): Promise<void> {
    await this.change(tx, event, (hold) => refused(hold, true));
  }
}

@Injectable()
export class CaptureAtBalanceService extends CallBalanceService {
  static readonly id = 'balances.capture';
  static readonly aliases = ['CaptureAtBalanceKeeper'];

  override async call(event: HoldEvent): Promise<Answer> {
    const hold = (await this.holds.find(event.subject.id))!;
    const answer = await this.service.complete(hold.orderId);
    if (answer.kind === 'refused')
      throw new RetryIn(`The balance service will not complete order ${hold.orderId}: ${answer.detail}`, null);
    return answer;
  }

  override async record(tx: Tx, event: HoldEvent): Promise<void> {
    const { orderId, currency, amount, state } = await this.change(tx, event, captured);
    if (state === 'captured')
      await this.ledger.book(tx, {
        kind: 'payment',
        reference: `order:${orderId}:settle`,
        orderId,
        paymentId: null,
        currency,
        amount,
      });
  }
}

@Injectable()
export class ReleaseAtBalanceService extends CallBalanceService<ReleaseRequested> {
  static readonly id = 'balances.release';
  static readonly aliases = ['ReleaseAtBalanceKeeper'];

  /** What was never blocked the service need not know. Anything else that it refuses is money that stays blocked: a person's turn. */
  override async call(event: ReleaseRequested, attempt: number): Promise<Answer> {
    const hold = (await this.holds.find(event.subject.id))!;
    const { wasBlocked, isUncertain } = event.data;
    const answer = await this.service.cancel(hold.orderId);
    if (answer.kind === 'done') return answer;
    const isUnknown = answer.status === 404 && !wasBlocked;
    if (isUnknown && isUncertain && attempt <= LATE_LOOKS)
      throw new RetryIn('The last preorder may still be on its way.', LATE_SECONDS);
    if (!isUnknown)
      throw new RetryIn(`The balance service will not let go of order ${hold.orderId}: ${answer.detail}`, null);
    return answer;
  }

  override async record(tx: Tx, event: ReleaseRequested): Promise<void> {
    await this.change(tx, event, released);
  }
}
