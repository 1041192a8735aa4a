import { ApiProperty } from '@nestjs/swagger';
import type { Answer } from '#ports/idempotency.js';
import { jsonAnswer } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { MAX_AMOUNT } from '#kernel/money.js';
import { IsAmount, IsCurrency, IsName, MayBeAbsent } from '#platform/http/fields.js';
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
    description: 'Free text for the statement',
  })
  @MayBeAbsent()
  @IsName(255)
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
  @ApiProperty({ type: 'integer', description: 'In minor units, always positive; the type gives the direction' })
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

/** A sum in minor units: a number, or a text where it is beyond 2^53. */
const Sum = (description: string) => ApiProperty({ oneOf: [{ type: 'integer' }, { type: 'string' }], description });

export class LedgerSumAnswer {
  @ApiProperty({ type: String }) currency!: string;
  @Sum('Money received minus money paid out; a string beyond 2^53, like every sum here') cash!: number | string;
  @Sum('What customers can spend') available!: number | string;
  @Sum('What pending orders hold') blocked!: number | string;
  @Sum('Revenue earned') revenue!: number | string;
  @Sum('Refunds owed and not yet paid') refundsDue!: number | string;
  @Sum('Withdrawn in open disputes, as a negative amount') disputes!: number | string;
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

export function movedAnswer({ account: { customerId }, movement }: Moved): Answer {
  const moved: MovementAnswer = { ...presentEntry(movement), customerId };
  const location = `/${API_PREFIX}/balances/${encodeURIComponent(customerId)}/entries`;
  return jsonAnswer(201, moved, { location });
}

/** A number where one is exact, and a text beyond 2^53. */
function inJson(sum: bigint): number | string {
  const number = Number(sum);
  return Number.isSafeInteger(number) ? number : String(sum);
}

/** Cash is the other side of everything, so the books hold it with a minus sign. */
export function presentLedger(sums: readonly LedgerSum[]): LedgerAnswer {
  const exact = (currency: string, ledgerAccount: string) =>
    sums.find((sum) => sum.currency === currency && sum.ledgerAccount === ledgerAccount)?.amount ?? 0n;
  const of = (currency: string, ledgerAccount: string) => inJson(exact(currency, ledgerAccount));
  const data = [...new Set(sums.map(({ currency }) => currency))].map((currency) => ({
    currency,
    cash: inJson(-exact(currency, 'cash')),
    available: of(currency, 'available'),
    blocked: of(currency, 'blocked'),
    revenue: of(currency, 'revenue'),
    refundsDue: of(currency, 'refunds_due'),
    disputes: of(currency, 'disputes'),
  }));
  return { data };
}
