import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The product itself; how many units of it can be sold is kept by inventory. */
@Entity('products')
export class ProductEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text', { nullable: true }) sku!: string | null;
  @Column('text') name!: string;
  @Column('text', { nullable: true }) description!: string | null;
  @Column('bigint') price!: number;
  @Column('char', { length: 3 }) currency!: string;
  @Column('boolean') active!: boolean;
  @Column('text', { name: 'tax_class' }) taxClass!: string;
  @Column('integer', { name: 'weight_g', nullable: true }) weightG!: number | null;
  @Column('boolean', { name: 'requires_shipping' }) requiresShipping!: boolean;
  @Column('json') metadata!: object;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
