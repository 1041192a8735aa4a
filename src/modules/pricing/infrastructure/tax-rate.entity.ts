import { Column, Entity } from 'typeorm';
import { VersionedEntity } from './versioned.entity.js';

@Entity('tax_rates')
export class TaxRateEntity extends VersionedEntity {
  @Column('char', { length: 2 }) country!: string;
  @Column('text', { nullable: true }) region!: string | null;
  @Column('text', { name: 'tax_class' }) taxClass!: string;
  @Column('text') name!: string;
  @Column('integer', { name: 'rate_ppm' }) ratePpm!: number;
  @Column('timestamptz', { name: 'valid_from' }) validFrom!: Date;
  @Column('timestamptz', { name: 'valid_to', nullable: true }) validTo!: Date | null;
}
