import { ApiProperty } from '@nestjs/swagger';
import { IsTimestamp, MayBeAbsent } from '#platform/http/fields.js';
import {
  discrepancyClasses,
  type Discrepancy,
  type DiscrepancyClass,
  type Reconciliation,
  type RunStatus,
} from '../domain/reconciliation.js';

const statuses: readonly RunStatus[] = ['running', 'healing', 'finished', 'failed'];

export class ReconcileDto {
  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    description: 'Start of the window; defaults to one day before its end',
  })
  @MayBeAbsent()
  @IsTimestamp()
  from?: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    required: false,
    description: 'End of the window; defaults to now',
  })
  @MayBeAbsent()
  @IsTimestamp()
  to?: string;
}

class SidesCountAnswer {
  @ApiProperty({ type: 'integer', description: 'Payments in the provider’s list' }) provider!: number;
  @ApiProperty({ type: 'integer', description: 'Payments of the window in our records' }) ours!: number;
  @ApiProperty({ type: 'integer', description: 'Payments that match' }) same!: number;
  @ApiProperty({ type: 'integer', description: 'Payments with an operation in progress' }) waiting!: number;
}

class RefundsCountAnswer {
  @ApiProperty({ type: 'integer' }) provider!: number;
}

class SumAnswer {
  @ApiProperty({ type: 'integer' }) captured!: number;
  @ApiProperty({ type: 'integer' }) refunded!: number;
}

class SumsAnswer {
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: SumAnswer }) provider!: SumAnswer;
  @ApiProperty({ type: SumAnswer }) ours!: SumAnswer;
}

class ReportAnswer {
  @ApiProperty({ type: SidesCountAnswer }) payments!: SidesCountAnswer;
  @ApiProperty({ type: RefundsCountAnswer }) refunds!: RefundsCountAnswer;
  @ApiProperty({ type: [SumsAnswer], description: 'Before any differences were healed' })
  sums!: readonly SumsAnswer[];
  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(discrepancyClasses.map((name) => [name, { type: 'integer' as const }])),
    description: 'How many of each class',
  })
  differences!: Readonly<Record<DiscrepancyClass, number>>;
  @ApiProperty({ type: 'integer' }) healed!: number;
  @ApiProperty({ type: 'integer', description: 'Differences that need manual review' }) open!: number;
}

export class DifferenceAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, enum: discrepancyClasses }) class!: DiscrepancyClass;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) paymentId!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) orderId!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The provider’s id of the payment or refund' }) reference!:
    string | null;
  @ApiProperty({ type: String }) detail!: string;
  @ApiProperty({ type: String, enum: ['pending', 'healed', 'open'] }) outcome!: Discrepancy['outcome'];
  @ApiProperty({ type: String, nullable: true, description: 'What healing did, or why it could not' }) effect!:
    string | null;
}

export class ReconciliationAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) provider!: string;
  @ApiProperty({ type: String, enum: ['request', 'schedule'] }) trigger!: 'request' | 'schedule';
  @ApiProperty({ type: String, format: 'date-time' }) from!: string;
  @ApiProperty({ type: String, format: 'date-time' }) to!: string;
  @ApiProperty({ type: String, enum: statuses }) status!: RunStatus;
  @ApiProperty({ type: ReportAnswer, nullable: true }) report!: ReportAnswer | null;
  @ApiProperty({ type: String, nullable: true }) error!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) finishedAt!: string | null;
}

export class ReconciliationDetailAnswer extends ReconciliationAnswer {
  @ApiProperty({ type: [DifferenceAnswer], description: 'What was found, at most 1,000' })
  differences!: readonly DifferenceAnswer[];
}

export class ReconciliationPage {
  @ApiProperty({ type: [ReconciliationAnswer] }) data!: ReconciliationAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentReconciliation(r: Reconciliation): ReconciliationAnswer {
  return {
    id: r.id,
    provider: r.provider,
    trigger: r.slot === null ? 'request' : 'schedule',
    from: r.from.toISOString(),
    to: r.to.toISOString(),
    status: r.status,
    report: r.report,
    error: r.error,
    createdAt: r.createdAt.toISOString(),
    finishedAt: r.finishedAt?.toISOString() ?? null,
  };
}
