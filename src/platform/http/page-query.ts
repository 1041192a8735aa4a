import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Max, Min } from 'class-validator';
import { MaxLength, MayBeAbsent, QueryInteger } from './fields.js';

/** What every list takes. */
export class PageQuery {
  @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @MayBeAbsent()
  @QueryInteger()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @ApiProperty({ required: false, type: String, description: 'nextCursor of the previous page' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}
