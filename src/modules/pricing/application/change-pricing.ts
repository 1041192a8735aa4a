import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { NotFound, PreconditionFailed } from '#kernel/errors.js';
import { newId } from '#kernel/ids.js';
import type { Cause } from '#ports/events.js';
import type { Tx } from '#ports/tx.js';
import type { Draft, RowKind, RowsByKind, Versioned } from '../domain/rows.js';
import { assertSound } from '../domain/rules.js';
import { CouponCodes } from './coupon-codes.js';
import { PromotionInUse } from '../domain/errors.js';
import { PricingRows } from './pricing-rows.js';
import { TariffPublisher } from './tariff-publisher.js';

/** Adds a tax rate, a shipping method or a promotion, and publishes the tariff that has it. */
export class CreatePricingRow<Kind extends RowKind = RowKind> extends Command<RowsByKind[Kind]> {
  constructor(
    readonly tx: Tx,
    readonly kind: Kind,
    readonly draft: Draft<Kind>,
    readonly cause: Cause,
    readonly id: string = newId(),
  ) {
    super();
  }
}

@CommandHandler(CreatePricingRow)
export class CreatePricingRowHandler implements ICommandHandler<CreatePricingRow> {
  constructor(
    private readonly rows: PricingRows,
    private readonly publisher: TariffPublisher,
  ) {}

  async execute({ tx, kind, draft, cause, id }: CreatePricingRow): Promise<RowsByKind[RowKind]> {
    assertSound(kind, draft);
    return this.publisher.publishAfter(tx, cause, async (now) => {
      const row = { ...draft, id, version: 1, createdAt: now, updatedAt: now } as RowsByKind[RowKind];
      await this.rows.insert(tx, kind, row);
      return { result: row, changed: `${kind} ${id}` };
    });
  }
}

/** Changes what is given, and publishes the tariff that has it. */
export class ChangePricingRow<Kind extends RowKind = RowKind> extends Command<RowsByKind[Kind]> {
  constructor(
    readonly tx: Tx,
    readonly kind: Kind,
    readonly id: string,
    readonly change: Partial<Draft<Kind>>,
    /** The version the caller has seen, or null to change whatever is there. */
    readonly accepts: ((version: number) => boolean) | null,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(ChangePricingRow)
export class ChangePricingRowHandler implements ICommandHandler<ChangePricingRow> {
  constructor(
    private readonly rows: PricingRows,
    private readonly publisher: TariffPublisher,
  ) {}

  /** @throws NotFound, PreconditionFailed */
  async execute({ tx, kind, id, change, accepts, cause }: ChangePricingRow): Promise<RowsByKind[RowKind]> {
    return this.publisher.publishAfter(tx, cause, async (now) => {
      const before = await this.rows.findIn(tx, kind, id);
      if (!before) throw new NotFound(kind, id);
      if (accepts && !accepts(before.version)) throw new PreconditionFailed(before.version);
      const changed = { ...before, ...change };
      if (JSON.stringify(changed) === JSON.stringify(before)) return { result: before, changed: null };
      assertSound(kind, draftOf(changed));
      const row = { ...changed, version: before.version + 1, updatedAt: now };
      await this.rows.update(tx, kind, row);
      return { result: row, changed: `${kind} ${id}` };
    });
  }
}

function draftOf({
  id: _id,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...draft
}: Versioned): Draft<RowKind> {
  return draft as unknown as Draft<RowKind>;
}

/** Removes one; orders that were priced by it keep their tariff. */
export class DeletePricingRow extends Command<void> {
  constructor(
    readonly tx: Tx,
    readonly kind: RowKind,
    readonly id: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(DeletePricingRow)
export class DeletePricingRowHandler implements ICommandHandler<DeletePricingRow> {
  constructor(
    private readonly rows: PricingRows,
    private readonly codes: CouponCodes,
    private readonly publisher: TariffPublisher,
  ) {}

  /** @throws NotFound, PromotionInUse */
  async execute({ tx, kind, id, cause }: DeletePricingRow): Promise<void> {
    await this.publisher.publishAfter(tx, cause, async () => {
      if (!(await this.rows.findIn(tx, kind, id))) throw new NotFound(kind, id);
      if (kind === 'promotion' && (await this.codes.hasAny(tx, id))) throw new PromotionInUse(id);
      await this.rows.delete(tx, kind, id);
      return { result: undefined, changed: `${kind} ${id}` };
    });
  }
}
