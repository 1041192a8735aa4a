import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsObject, registerDecorator, ValidateNested, validateSync } from 'class-validator';
import { currencyCode } from '#kernel/money.js';
import { AsSent, IsName, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import type { CurrencySettings, PricingSettings } from '../domain/tariff.js';
import { IsCountry } from './pricing-fields.js';

class HomeDto {
  @ApiProperty({ type: String, description: 'ISO 3166-1 alpha-2', example: 'DE' })
  @IsCountry()
  country!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 64,
    description: '`state`, where rates are regional',
  })
  @MayBeNull()
  @IsName(64)
  region?: string | null;
}

export class CurrencySettingsDto implements CurrencySettings {
  @ApiProperty({ type: Boolean, description: 'Whether catalog prices hold their tax' })
  @IsBoolean()
  pricesIncludeTax!: boolean;

  @ApiPropertyOptional({ type: String, enum: ['line', 'total'], default: 'line', description: 'Where tax is rounded' })
  @MayBeAbsent()
  @IsIn(['line', 'total'])
  rounding: 'line' | 'total' = 'line';

  @ApiPropertyOptional({
    type: String,
    enum: ['keep-gross', 'keep-net'],
    default: 'keep-gross',
    description: 'Across a border: what the buyer pays stays the same, or what the shop gets',
  })
  @MayBeAbsent()
  @IsIn(['keep-gross', 'keep-net'])
  crossBorder: 'keep-gross' | 'keep-net' = 'keep-gross';
}

const currencyMembers = new Set(['pricesIncludeTax', 'rounding', 'crossBorder']);

/** Settings by ISO 4217 code, each as CurrencySettingsDto. */
function IsCurrencies(): PropertyDecorator {
  const asSent = AsSent();
  return (target, property) => {
    asSent(target, property);
    registerDecorator({
      name: 'isCurrencies',
      target: target.constructor,
      propertyName: property as string,
      options: { message: '$property must hold settings by currency, such as {"EUR": {"pricesIncludeTax": true}}' },
      validator: { validate: isCurrencies },
    });
  };
}

function isCurrencies(value: unknown): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const entries = Object.entries(value as Record<string, unknown>);
  return (
    entries.length <= 50 &&
    entries.every(
      ([code, settings]) =>
        currencyCode(code) === code &&
        settings !== null &&
        typeof settings === 'object' &&
        Object.keys(settings).every((name) => currencyMembers.has(name)) &&
        validateSync(plainToInstance(CurrencySettingsDto, settings)).length === 0,
    )
  );
}

export class PricingSettingsDto {
  @ApiProperty({ type: HomeDto, description: 'Where the shop is' })
  @IsObject()
  @ValidateNested()
  @Type(() => HomeDto)
  home!: HomeDto;

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/CurrencySettingsDto' },
    description: 'By ISO 4217 code; goods in other currencies are not taxed',
  })
  @IsCurrencies()
  currencies!: Record<string, CurrencySettingsDto>;

  @ApiPropertyOptional({ type: String, enum: ['class', 'proportional'], default: 'class' })
  @MayBeAbsent()
  @IsIn(['class', 'proportional'])
  shippingTax: 'class' | 'proportional' = 'class';

  @ApiPropertyOptional({
    type: String,
    enum: ['untaxed', 'refuse'],
    default: 'untaxed',
    description: 'Where no rate matches',
  })
  @MayBeAbsent()
  @IsIn(['untaxed', 'refuse'])
  unknownDestination: 'untaxed' | 'refuse' = 'untaxed';
}

export function settingsOf({ home, currencies, shippingTax, unknownDestination }: PricingSettingsDto): PricingSettings {
  return {
    home: { country: home.country, region: home.region ?? null },
    currencies: Object.fromEntries(
      Object.entries(currencies).map(([code, settings]) => [
        code,
        {
          pricesIncludeTax: settings.pricesIncludeTax,
          rounding: settings.rounding ?? 'line',
          crossBorder: settings.crossBorder ?? 'keep-gross',
        },
      ]),
    ),
    shippingTax,
    unknownDestination,
  };
}

export class PricingSettingsAnswer extends PricingSettingsDto {
  @ApiProperty({ type: 'integer' }) version!: number;
}

export class TariffAnswer {
  @ApiProperty({ type: 'integer' }) version!: number;
  @ApiProperty({ type: [String], description: 'What made it differ from the one before' }) changed!: readonly string[];
  @ApiProperty({ type: String, nullable: true }) note!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Actor, as in events' }) publishedBy!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) publishedAt!: string;
}

export class WholeTariffAnswer extends TariffAnswer {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Settings, rates, methods and promotions, as orders are priced by them',
  })
  body!: object;
}

export class TariffPage {
  @ApiProperty({ type: [TariffAnswer] }) data!: TariffAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}
