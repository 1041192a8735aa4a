import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { MayBeAbsent, QueryBoolean } from '#platform/http/fields.js';

export class EraseQuery {
  @ApiProperty({ type: Boolean, required: false, description: 'Cancels open orders and pays the balance out first' })
  @MayBeAbsent()
  @QueryBoolean()
  @IsBoolean()
  settle?: boolean;
}

export class ErasureAnswer {
  @ApiProperty({ type: String, description: 'The customer’s id in orders and balances from now on' })
  pseudonym!: string;
}
