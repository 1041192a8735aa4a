import { Column, PrimaryColumn } from 'typeorm';

/** What every row that a tariff is compiled from has. */
export abstract class VersionedEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
}
