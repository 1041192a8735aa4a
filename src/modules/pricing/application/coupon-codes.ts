import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Clock } from '#kernel/clock.js';
import { NotFound } from '#kernel/errors.js';
import type { Tx } from '#ports/tx.js';
import { PricingRows } from './pricing-rows.js';

export interface CouponCode {
  readonly code: string;
  readonly promotionId: string;
  readonly active: boolean;
  readonly createdAt: Date;
}

/** Where codes are kept. */
export abstract class CouponCodes {
  abstract hasAny(tx: Tx, promotionId: string): Promise<boolean>;
  /** @throws CouponCodeTaken */
  abstract insert(tx: Tx, codes: readonly CouponCode[]): Promise<void>;
  /** In the order of the codes, one more than the limit when there is more. */
  abstract list(promotionId: string, after: string | null, limit: number): Promise<CouponCode[]>;
}

export class AddCouponCode extends Command<CouponCode> {
  constructor(
    readonly tx: Tx,
    readonly promotionId: string,
    readonly code: string,
  ) {
    super();
  }
}

/** A code is looked up by each order that names it, so it makes no new tariff. Guards: coupon_codes_pkey, coupon_codes_promotion_exists. */
@CommandHandler(AddCouponCode)
export class AddCouponCodeHandler implements ICommandHandler<AddCouponCode> {
  constructor(
    private readonly rows: PricingRows,
    private readonly codes: CouponCodes,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFound, CouponCodeTaken */
  async execute({ tx, promotionId, code }: AddCouponCode): Promise<CouponCode> {
    if (!(await this.rows.findIn(tx, 'promotion', promotionId))) throw new NotFound('promotion', promotionId);
    const added = { code, promotionId, active: true, createdAt: this.clock.now() };
    await this.codes.insert(tx, [added]);
    return added;
  }
}
