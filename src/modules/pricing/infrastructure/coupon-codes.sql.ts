import { Injectable } from '@nestjs/common';
import type { Tx } from '#ports/tx.js';
import { texts } from '#platform/database/array-parameters.js';
import { Database } from '#platform/database/database.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { run, statement } from '#platform/database/statement.js';
import { CouponCodes, type CouponCode } from '../application/coupon-codes.js';
import { Coupons, type GivenCode } from '../contract.js';
import { CouponCodeTaken } from '../domain/errors.js';

const find = statement(
  'coupon-codes.find',
  `SELECT code, promotion_id AS "promotionId" FROM coupon_codes WHERE code = ANY($1::text[]) AND active`,
);
const any = statement('coupon-codes.any', `SELECT FROM coupon_codes WHERE promotion_id = $1 LIMIT 1`);
const insert = statement(
  'coupon-codes.insert',
  `INSERT INTO coupon_codes (code, promotion_id, active, created_at)
   SELECT code, $2, true, $3 FROM unnest($1::text[]) AS code`,
);
const list = statement(
  'coupon-codes.list',
  `SELECT code, promotion_id AS "promotionId", active, created_at AS "createdAt" FROM coupon_codes
   WHERE promotion_id = $1 AND code > coalesce($2, '') ORDER BY code LIMIT $3`,
);

@Injectable()
export class SqlCouponCodes extends CouponCodes {
  constructor(private readonly database: Database) {
    super();
  }

  override async hasAny(tx: Tx, promotionId: string): Promise<boolean> {
    return (await run(tx, any, [promotionId])).length > 0;
  }

  override async insert(tx: Tx, codes: readonly CouponCode[]): Promise<void> {
    const [first] = codes;
    if (!first) return;
    try {
      await run(tx, insert, [texts(codes.map(({ code }) => code)), first.promotionId, first.createdAt]);
    } catch (error) {
      if (violatedUnique(error) === 'coupon_codes_pkey') throw new CouponCodeTaken(first.code);
      throw error;
    }
  }

  override list(promotionId: string, after: string | null, limit: number): Promise<CouponCode[]> {
    return this.database.read<CouponCode>(list, [promotionId, after, limit + 1]);
  }
}

@Injectable()
export class SqlCoupons extends Coupons {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(tx: Tx | null, codes: readonly string[]): Promise<GivenCode[]> {
    if (codes.length === 0) return [];
    const values = [texts(codes)];
    const rows = await (tx ? run<GivenCode>(tx, find, values) : this.database.read<GivenCode>(find, values));
    const known = new Map(rows.map(({ code, promotionId }) => [code, promotionId]));
    return codes.map((code) => ({ code, promotionId: known.get(code) ?? null }));
  }
}
