import { invalid, unixNow } from './answers.js';
import { record, text, type Form } from './form.js';
import { movement, newDispute } from './new-objects.js';
import type { Charge, Dispute } from './objects.js';
import type { Store, Tell } from './store.js';
import { disputeOf } from './test-cards.js';

const WINDOW_SECONDS = 7 * 86_400;

/** Payers' banks that want money back. A dispute takes the money at once; one that is won gives it again. */
export class Disputes {
  constructor(
    private readonly store: Store,
    private readonly tell: Tell,
  ) {}

  /** Opens the dispute that the card of a captured charge stands for. */
  openFor(charge: Charge): void {
    const kind = disputeOf(charge.payment_method && this.store.cardOf(charge.payment_method));
    if (kind) this.open(charge, kind);
  }

  /** As `openFor`, whatever the card. */
  openOn(chargeOrIntent: string, reason: string): Dispute {
    const charge = chargeOrIntent.startsWith('pi_')
      ? this.store.charge(this.store.intent(chargeOrIntent).intent.latest_charge ?? '')
      : this.store.charge(chargeOrIntent);
    if (!charge.captured) throw invalid(400, 'The charge is not captured.', 'charge_not_captured');
    return this.open(charge, { reason, isInquiry: false });
  }

  private open(charge: Charge, kind: { reason: string; isInquiry: boolean }): Dispute {
    const disputed = this.store.saveCharge({ ...charge, disputed: true });
    const dispute = this.store.saveDispute(newDispute(disputed, kind, unixNow() + WINDOW_SECONDS));
    this.tell('charge.dispute.created', dispute);
    if (!kind.isInquiry) this.tell('charge.dispute.funds_withdrawn', dispute);
    return dispute;
  }

  /** Evidence: `winning_evidence` and `losing_evidence` decide at once, as in Stripe's test mode. */
  update(id: string, form: Form): Dispute {
    const dispute = this.store.dispute(id);
    const evidence = record(form, 'evidence');
    const isSubmitted = text(form, 'submit') !== 'false' && Object.keys(evidence).length > 0;
    assertOpen(dispute);
    if (dispute.evidence_details.due_by !== null && dispute.evidence_details.due_by < unixNow())
      throw invalid(400, 'The time for evidence is over.', 'dispute_evidence_past_due');
    const { submission_count: count } = dispute.evidence_details;
    const updated = this.store.saveDispute({
      ...dispute,
      evidence: { ...dispute.evidence, ...evidence },
      evidence_details: {
        ...dispute.evidence_details,
        has_evidence: true,
        submission_count: count + (isSubmitted ? 1 : 0),
      },
      metadata: { ...dispute.metadata, ...record(form, 'metadata') },
      status: isSubmitted && dispute.status === 'needs_response' ? 'under_review' : dispute.status,
    });
    this.tell('charge.dispute.updated', updated);
    if (!isSubmitted) return updated;
    if (evidence['uncategorized_text'] === 'winning_evidence') return this.decide(id, true);
    return evidence['uncategorized_text'] === 'losing_evidence' ? this.decide(id, false) : updated;
  }

  decide(id: string, isWon: boolean): Dispute {
    const dispute = this.store.dispute(id);
    assertOpen(dispute);
    const isInquiry = dispute.status.startsWith('warning');
    const taken = dispute.balance_transactions.reduce((sum, { amount }) => sum - amount, 0);
    const back = isWon && taken > 0 ? [movement(taken, dispute.currency)] : [];
    const closed = this.store.saveDispute({
      ...dispute,
      balance_transactions: [...dispute.balance_transactions, ...back],
      status: isWon ? (isInquiry ? 'warning_closed' : 'won') : 'lost',
    });
    if (isWon) this.store.saveCharge({ ...this.store.charge(closed.charge), disputed: false });
    this.tell('charge.dispute.closed', closed);
    if (back.length > 0) this.tell('charge.dispute.funds_reinstated', closed);
    return closed;
  }
}

function assertOpen({ status }: Dispute): void {
  if (['won', 'lost', 'warning_closed'].includes(status))
    throw invalid(400, 'This dispute is already closed.', 'dispute_closed');
}
