import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { MAX_AMOUNT } from '#kernel/money.js';
import { IsAmount, IsCurrency, MayBeAbsent } from '#platform/http/fields.js';
import type { Account, LedgerSum } from '../application/accounts.js';
import type { CustomerMovementKind, Moved, Movement } from '../domain/ledger.js';

export class MoveMoneyDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_AMOUNT, description: 'In minor units' })
  @IsAmount()
  amount!: number;

  @ApiProperty({ type: String, description: 'ISO 4217' })
  @IsCurrency()
  currency!: string;

  @ApiProperty({
    type: String,
    required: false,
    minLength: 1,
    maxLength: 255,
    description: 'Your own words, for the statement',
  })
  @MayBeAbsent()
  @IsString()
  @Length(1, 255)
  reference?: string;
}

export class AccountAnswer {
  @ApiProperty({ type: String }) customerId!: string;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer', description: 'available + blocked' }) total!: number;
  @ApiProperty({ type: 'integer', description: 'What can be spent' }) available!: number;
  @ApiProperty({ type: 'integer', description: 'What pending orders hold' }) blocked!: number;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class CustomerBalancesAnswer {
  @ApiProperty({ type: String }) customerId!: string;
  @ApiProperty({ type: [AccountAnswer] }) accounts!: AccountAnswer[];
}

export class AccountPage {
  @ApiProperty({ type: [AccountAnswer] }) data!: AccountAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

const kinds: readonly CustomerMovementKind[] = ['deposit', 'withdrawal', 'block', 'capture', 'release', 'refund'];

export class EntryAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String, enum: kinds }) type!: CustomerMovementKind;
  @ApiProperty({ type: 'integer', description: 'In minor units, always positive; the type says which way it went' })
  amount!: number;
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer', description: 'Afterwards' }) available!: number;
  @ApiProperty({ type: 'integer', description: 'Afterwards' }) blocked!: number;
  @ApiProperty({ type: 'integer', description: 'Afterwards' }) total!: number;
  @ApiProperty({ type: String, nullable: true }) reference!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) orderId!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) paymentId!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

export class MovementAnswer extends EntryAnswer {
  @ApiProperty({ type: String }) customerId!: string;
}

export class EntryPage {
  @ApiProperty({ type: [EntryAnswer] }) data!: EntryAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class LedgerSumAnswer {
  @ApiProperty({ type: String }) currency!: string;
  @ApiProperty({ type: 'integer', description: 'What has come in and not gone out again' }) cash!: number;
  @ApiProperty({ type: 'integer', description: 'What customers can spend' }) available!: number;
  @ApiProperty({ type: 'integer', description: 'What pending orders hold' }) blocked!: number;
  @ApiProperty({ type: 'integer', description: 'What has been earned' }) revenue!: number;
  @ApiProperty({ type: 'integer', description: 'Refunds that are promised and not paid yet' }) refundsDue!: number;
}

export class LedgerAnswer {
  @ApiProperty({ type: [LedgerSumAnswer] }) data!: LedgerSumAnswer[];
}

export function presentAccount(a: Account): AccountAnswer {
  const { customerId, currency, available, blocked } = a;
  return { customerId, currency, total: available + blocked, available, blocked, updatedAt: a.updatedAt.toISOString() };
}

export function presentEntry(m: Movement): EntryAnswer {
  return {
    id: m.id,
    type: m.kind,
    amount: m.amount,
    currency: m.currency,
    available: m.availableAfter,
    blocked: m.blockedAfter,
    total: m.availableAfter + m.blockedAfter,
    reference: m.note,
    orderId: m.orderId,
    paymentId: m.paymentId,
    createdAt: m.createdAt.toISOString(),
  };
}

export function presentMoved({ account, movement }: Moved): MovementAnswer {
  return { ...presentEntry(movement), customerId: account.customerId };
}

/** Cash is the other side of everything, so the books hold it with a minus sign. */
export function presentLedger(sums: readonly LedgerSum[]): LedgerAnswer {
  const of = (currency: string, ledgerAccount: string) =>
    sums.find((sum) => sum.currency === currency && sum.ledgerAccount === ledgerAccount)?.amount ?? 0;
  const data = [...new Set(sums.map(({ currency }) => currency))].map((currency) => ({
    currency,
    cash: -of(currency, 'cash') + 0,
    available: of(currency, 'available'),
    blocked: of(currency, 'blocked'),
    revenue: of(currency, 'revenue'),
    refundsDue: of(currency, 'refunds_due'),
  }));
  return { data };
}
