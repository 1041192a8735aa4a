import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DisabledReason, EndpointState, PreviousSecret } from '../domain/endpoint.js';

@Entity('webhook_endpoints')
export class EndpointEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') url!: string;
  @Column('text', { nullable: true }) description!: string | null;
  @Column('text', { array: true }) events!: string[];
  @Column('text') status!: EndpointState;
  @Column('text', { name: 'disabled_reason', nullable: true }) disabledReason!: DisabledReason | null;
  @Column('text') secret!: string;
  @Column('json', { name: 'previous_secrets' }) previousSecrets!: PreviousSecret[];
  @Column('text', { name: 'signing_key', nullable: true }) signingKey!: string | null;
  @Column('text', { nullable: true }) headers!: string | null;
  @Column('timestamptz', { name: 'failing_since', nullable: true }) failingSince!: Date | null;
  @Column('integer') version!: number;
  @Column('timestamptz', { name: 'updated_at' }) updatedAt!: Date;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
