import { ApiProperty } from '@nestjs/swagger';
import { IsName, IsTimestamp, MayBeAbsent, MayBeNull, sent } from '#platform/http/fields.js';
import type { Draft, TaxRateRow } from '../domain/rows.js';
import { IsCountry, IsPpm, TaxClass } from './pricing-fields.js';

/** What may be left out whether one is made or changed. */
class TaxRateMembers {
  @ApiProperty({ type: String, required: false, format: 'date-time', description: 'In force from; now unless said' })
  @MayBeAbsent()
  @IsTimestamp()
  validFrom?: string;

  @ApiProperty({ type: String, required: false, nullable: true, format: 'date-time', description: 'In force before' })
  @MayBeNull()
  @IsTimestamp()
  validTo?: string | null;
}

export class ChangeTaxRateDto extends TaxRateMembers {
  @ApiProperty({ type: String, required: false, minLength: 1, maxLength: 100 })
  @MayBeAbsent()
  @IsName(100)
  name?: string;

  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 0,
    maximum: 1_000_000,
    description: 'Parts per million: 190000 is 19 %',
  })
  @MayBeAbsent()
  @IsPpm()
  ratePpm?: number;
}

export class CreateTaxRateDto extends TaxRateMembers {
  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'VAT' })
  @IsName(100)
  name!: string;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    description: 'Parts per million: 190000 is 19 %',
    example: 190_000,
  })
  @IsPpm()
  ratePpm!: number;

  @ApiProperty({ type: String, description: 'ISO 3166-1 alpha-2', example: 'DE' })
  @IsCountry()
  country!: string;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    maxLength: 64,
    description: '`state` of the address; rates of a country and of its region add up',
  })
  @MayBeNull()
  @IsName(64)
  region?: string | null;

  @ApiProperty({ type: String, required: false, default: 'standard', maxLength: 40 })
  @MayBeAbsent()
  @TaxClass()
  taxClass?: string;
}

export class TaxRateAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) country!: string;
  @ApiProperty({ type: String, nullable: true }) region!: string | null;
  @ApiProperty({ type: String }) taxClass!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: 'integer' }) ratePpm!: number;
  @ApiProperty({ type: String, format: 'date-time' }) validFrom!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) validTo!: string | null;
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class TaxRatePage {
  @ApiProperty({ type: [TaxRateAnswer] }) data!: TaxRateAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentTaxRate(rate: TaxRateRow): TaxRateAnswer {
  return {
    id: rate.id,
    country: rate.country,
    region: rate.region,
    taxClass: rate.taxClass,
    name: rate.name,
    ratePpm: rate.ratePpm,
    validFrom: rate.validFrom.toISOString(),
    validTo: rate.validTo?.toISOString() ?? null,
    version: rate.version,
    createdAt: rate.createdAt.toISOString(),
    updatedAt: rate.updatedAt.toISOString(),
  };
}

/** What is left out is the usual. */
export function draftOfTaxRate(body: CreateTaxRateDto): Draft<'tax-rate'> {
  const { country, region = null, taxClass = 'standard', name, ratePpm, validFrom, validTo = null } = body;
  return {
    country,
    region,
    taxClass,
    name,
    ratePpm,
    validFrom: validFrom === undefined ? new Date() : new Date(validFrom),
    validTo: validTo === null ? null : new Date(validTo),
  };
}

export function changeOfTaxRate(body: ChangeTaxRateDto): Partial<Draft<'tax-rate'>> {
  const { validFrom, validTo, ...rest } = sent(body);
  return {
    ...rest,
    ...(validFrom !== undefined && { validFrom: new Date(validFrom) }),
    ...(validTo !== undefined && { validTo: validTo === null ? null : new Date(validTo) }),
  };
}
