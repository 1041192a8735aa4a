import { newId } from '#kernel/ids.js';
import {
  discrepancyClasses,
  type Comparison,
  type Discrepancy,
  type DiscrepancyClass,
  type Report,
  type Resolution,
  type Sums,
} from '../../domain/reconciliation.js';

export interface Found extends Discrepancy {
  readonly cure: Resolution;
  readonly isRefund: boolean;
  readonly isDispute?: boolean;
  readonly version: number | null;
}

export interface Findings {
  readonly report: Report;
  readonly found: readonly Found[];
}

/** What one run has found and counted so far, which is bounded. */
export class Tally {
  private readonly found: Found[] = [];
  private readonly sums = new Map<string, Sums>();
  readonly counts = { provider: 0, ours: 0, same: 0, waiting: 0 };
  refunds = 0;

  findings(): Findings {
    const differences = Object.fromEntries(
      discrepancyClasses.map((name) => [name, this.found.filter((found) => found.class === name).length]),
    );
    return {
      found: this.found,
      report: {
        payments: { ...this.counts },
        refunds: { provider: this.refunds },
        sums: [...this.sums.values()].sort((a, b) => a.currency.localeCompare(b.currency)),
        differences: differences as Record<DiscrepancyClass, number>,
        healed: 0,
        open: this.found.filter(({ cure }) => cure === null).length,
      },
    };
  }

  note(
    comparison: Comparison,
    about: Pick<Found, 'paymentId' | 'orderId' | 'reference' | 'isRefund' | 'isDispute' | 'version'>,
  ): void {
    if (comparison === 'same' || comparison === 'wait') {
      if (about.isRefund || about.isDispute) return;
      this.counts[comparison === 'same' ? 'same' : 'waiting']++;
      return;
    }
    this.found.push({
      id: newId(),
      ...comparison,
      ...about,
      outcome: comparison.cure === null ? 'open' : 'pending',
      effect: null,
    });
  }

  sumOf(currency: string): Sums {
    const known = this.sums.get(currency) ?? {
      currency,
      provider: { captured: 0, refunded: 0 },
      ours: { captured: 0, refunded: 0 },
    };
    this.sums.set(currency, known);
    return known;
  }
}
