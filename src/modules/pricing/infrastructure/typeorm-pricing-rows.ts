import { Injectable } from '@nestjs/common';
import { DataSource, LessThan, type EntityTarget, type Repository } from 'typeorm';
import type { Tx } from '#ports/tx.js';
import { violatedUnique } from '#platform/database/database-errors.js';
import { repositoryOf } from '#platform/database/repository.js';
import { PricingRows } from '../application/pricing-rows.js';
import { ShippingCodeTaken } from '../domain/errors.js';
import type { RowKind, RowsByKind, ShippingMethodRow } from '../domain/rows.js';
import { PromotionEntity } from './promotion.entity.js';
import { ShippingMethodEntity } from './shipping-method.entity.js';
import { TaxRateEntity } from './tax-rate.entity.js';

/** Rows of one kind, without the differences between kinds: TypeORM's conditions cannot name a member of all of them. */
interface Row {
  id: string;
}

const entities: Readonly<Record<RowKind, EntityTarget<Row>>> = {
  'tax-rate': TaxRateEntity,
  'shipping-method': ShippingMethodEntity,
  promotion: PromotionEntity,
};

@Injectable()
export class TypeOrmPricingRows extends PricingRows {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async find<Kind extends RowKind>(kind: Kind, id: string): Promise<RowsByKind[Kind] | null> {
    return (await this.stored(kind).findOneBy({ id })) as RowsByKind[Kind] | null;
  }

  override async list<Kind extends RowKind>(
    kind: Kind,
    afterId: string | null,
    limit: number,
  ): Promise<RowsByKind[Kind][]> {
    const where = afterId === null ? {} : { id: LessThan(afterId) };
    return (await this.stored(kind).find({ where, order: { id: 'DESC' }, take: limit + 1 })) as RowsByKind[Kind][];
  }

  override async findIn<Kind extends RowKind>(tx: Tx, kind: Kind, id: string): Promise<RowsByKind[Kind] | null> {
    return (await this.within(tx, kind).findOneBy({ id })) as RowsByKind[Kind] | null;
  }

  override async all<Kind extends RowKind>(tx: Tx, kind: Kind): Promise<RowsByKind[Kind][]> {
    return (await this.within(tx, kind).find({ order: { id: 'ASC' } })) as RowsByKind[Kind][];
  }

  override insert<Kind extends RowKind>(tx: Tx, kind: Kind, row: RowsByKind[Kind]): Promise<void> {
    return refusingTakenCode(row, async () => void (await this.within(tx, kind).insert({ ...row })));
  }

  override update<Kind extends RowKind>(tx: Tx, kind: Kind, { id, ...row }: RowsByKind[Kind]): Promise<void> {
    return refusingTakenCode(row, async () => {
      const { affected } = await this.within(tx, kind).update({ id }, row as object);
      if (affected !== 1) throw new Error(`The ${kind} ${id} was changed without the lock of publication`);
    });
  }

  override async delete(tx: Tx, kind: RowKind, id: string): Promise<void> {
    await this.within(tx, kind).delete({ id });
  }

  private stored(kind: RowKind): Repository<Row> {
    return this.dataSource.getRepository(entities[kind]);
  }

  private within(tx: Tx, kind: RowKind): Repository<Row> {
    return repositoryOf(tx, entities[kind]);
  }
}

async function refusingTakenCode(row: object, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (violatedUnique(error) === 'shipping_methods_code_unique')
      throw new ShippingCodeTaken((row as ShippingMethodRow).code);
    throw error;
  }
}
