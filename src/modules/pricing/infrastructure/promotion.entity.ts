import { Column, Entity } from 'typeorm';
import type { PromotionClass, PromotionConditions, PromotionKind, PromotionTarget } from '../domain/tariff.js';
import { VersionedEntity } from './versioned.entity.js';

@Entity('promotions')
export class PromotionEntity extends VersionedEntity {
  @Column('text') name!: string;
  @Column('text') kind!: PromotionKind;
  @Column('integer', { name: 'value_ppm', nullable: true }) valuePpm!: number | null;
  @Column('json') amounts!: Readonly<Record<string, number>>;
  @Column('integer', { name: 'buy_x', nullable: true }) buyX!: number | null;
  @Column('integer', { name: 'get_y', nullable: true }) getY!: number | null;
  @Column('integer', { name: 'max_times', nullable: true }) maxTimes!: number | null;
  @Column('text') target!: PromotionTarget;
  @Column('uuid', { name: 'product_ids', array: true }) productIds!: readonly string[];
  @Column('uuid', { name: 'category_ids', array: true }) categoryIds!: readonly string[];
  @Column('json') conditions!: PromotionConditions;
  @Column('timestamptz', { name: 'starts_at' }) startsAt!: Date;
  @Column('timestamptz', { name: 'ends_at', nullable: true }) endsAt!: Date | null;
  @Column('integer') priority!: number;
  @Column('text', { array: true }) combines!: readonly PromotionClass[];
  @Column('boolean', { name: 'needs_code' }) needsCode!: boolean;
  @Column('boolean') active!: boolean;
}
