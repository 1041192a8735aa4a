import { Column, Entity } from 'typeorm';
import type { ShippingArea, ShippingPrice } from '../domain/tariff.js';
import { VersionedEntity } from './versioned.entity.js';

@Entity('shipping_methods')
export class ShippingMethodEntity extends VersionedEntity {
  @Column('text') code!: string;
  @Column('text') name!: string;
  @Column('text', { name: 'tax_class' }) taxClass!: string;
  @Column('json') prices!: readonly ShippingPrice[];
  @Column('json') areas!: readonly ShippingArea[] | '*';
  @Column('boolean') active!: boolean;
}
