import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsString, ValidateBy } from 'class-validator';
import { allScopes, type Scope } from '#ports/caller.js';
import { IsName, IsTimestamp, Length, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import type { ApiKey } from '../domain/api-key.js';

function AreScopes(): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isScope',
      validator: {
        validate: (value) => (allScopes as unknown[]).includes(value),
        defaultMessage: () => `each value in $property must be one of the following values: ${allScopes.join(', ')}`,
      },
    },
    { each: true },
  );
}

export class ApiKeyQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, maxLength: 100, description: 'Creator of the keys, such as user:<id>' })
  @MayBeAbsent()
  @IsString()
  @Length(1, 100)
  createdBy?: string;
}

export class CreateApiKeyDto {
  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'storefront' })
  @IsName(100)
  name!: string;

  @ApiProperty({ type: [String], enum: allScopes, minItems: 1, example: ['orders:read', 'orders:write'] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @AreScopes()
  scopes!: Scope[];

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    format: 'date-time',
    description: 'Omit it for a key that never expires',
  })
  @MayBeNull()
  @IsTimestamp()
  expiresAt?: string | null;
}

export class ApiKeyAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, description: 'The first characters of the key, to identify it' }) prefix!: string;
  @ApiProperty({ type: [String], enum: allScopes }) scopes!: readonly Scope[];
  @ApiProperty({ type: String, description: 'Creator', example: 'user:01939d00-0000-7000-8000-000000000011' })
  createdBy!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Accurate to a few seconds' })
  lastUsedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revokedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

export class NewApiKeyAnswer extends ApiKeyAnswer {
  @ApiProperty({ type: String, description: 'The key itself. Shown only once.' }) key!: string;
}

export class ApiKeyPage {
  @ApiProperty({ type: [ApiKeyAnswer] }) data!: ApiKeyAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentApiKey(k: ApiKey): ApiKeyAnswer {
  return {
    id: k.id,
    name: k.name,
    prefix: k.lookup,
    scopes: k.scopes,
    createdBy: k.createdBy,
    expiresAt: k.expiresAt?.toISOString() ?? null,
    lastUsedAt: k.lastUsedAt?.toISOString() ?? null,
    revokedAt: k.revokedAt?.toISOString() ?? null,
    createdAt: k.createdAt.toISOString(),
  };
}
