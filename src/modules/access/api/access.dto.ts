import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsString,
  Length,
  MaxLength,
  MinLength,
  ValidateBy,
} from 'class-validator';
import { allScopes, type Role, type Scope } from '#ports/caller.js';
import { IsTimestamp, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import type { ApiKey } from '../domain/api-key.js';
import type { LoggedIn } from '../application/log-in.js';
import { isEmail, normalizeEmail, roles, type User } from '../domain/user.js';

function IsEmailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isEmailAddress',
    validator: {
      validate: (value) => typeof value === 'string' && isEmail(normalizeEmail(value)),
      defaultMessage: () => '$property must be an email address',
    },
  });
}

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

class Names {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 100, example: 'Ada' })
  @MayBeNull()
  @IsString()
  @MaxLength(100)
  firstName?: string | null;

  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 100, example: 'Example' })
  @MayBeNull()
  @IsString()
  @MaxLength(100)
  lastName?: string | null;
}

export class RegisterDto extends Names {
  @ApiProperty({ type: String, format: 'email', maxLength: 254, example: 'ada@example.com' })
  @IsEmailAddress()
  email!: string;

  @ApiProperty({ type: String, format: 'password', minLength: 8, maxLength: 128, example: 'a long and quiet sentence' })
  @IsString()
  @Length(8, 128)
  password!: string;
}

export class LoginDto {
  @ApiProperty({ type: String, maxLength: 254, example: 'admin@demo.example' })
  @IsString()
  @Length(1, 254)
  email!: string;

  @ApiProperty({ type: String, format: 'password', maxLength: 128, example: 'demo-admin-password' })
  @IsString()
  @Length(1, 128)
  password!: string;
}

export class RefreshDto {
  @ApiProperty({
    type: String,
    maxLength: 200,
    description: 'The refresh token of the last answer; it is spent by this',
  })
  @IsString()
  @Length(1, 200)
  refreshToken!: string;
}

export class ChangeMeDto extends Names {}

export class ChangeRoleDto {
  @ApiProperty({ type: String, enum: roles, example: 'admin' })
  @IsIn(roles)
  role!: Role;
}

export class UserQuery extends PageQuery {
  @ApiProperty({ type: String, required: false, enum: roles })
  @MayBeAbsent()
  @IsIn(roles)
  role?: Role;

  @ApiProperty({ type: String, required: false, maxLength: 254 })
  @MayBeAbsent()
  @IsString()
  @Length(1, 254)
  email?: string;
}

export class CreateApiKeyDto {
  @ApiProperty({ type: String, minLength: 1, maxLength: 100, example: 'storefront' })
  @IsString()
  @MinLength(1)
  @MaxLength(100)
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
    description: 'Never when left out',
  })
  @MayBeNull()
  @IsTimestamp()
  expiresAt?: string | null;
}

export class UserAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) email!: string;
  @ApiProperty({ type: String, nullable: true }) firstName!: string | null;
  @ApiProperty({ type: String, nullable: true }) lastName!: string | null;
  @ApiProperty({ type: String, enum: roles }) role!: Role;
  @ApiProperty({ type: Boolean }) emailVerified!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) lastLoginAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
  @ApiProperty({ type: String, format: 'date-time' }) updatedAt!: string;
}

export class UserPage {
  @ApiProperty({ type: [UserAnswer] }) data!: UserAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export class SessionAnswer {
  @ApiProperty({ type: String, description: 'A JWT, for Authorization: Bearer' }) accessToken!: string;
  @ApiProperty({ type: String, example: 'Bearer' }) tokenType!: string;
  @ApiProperty({ type: 'integer', description: 'Seconds', example: 900 }) expiresIn!: number;
  @ApiProperty({ type: String }) refreshToken!: string;
  @ApiProperty({ type: UserAnswer }) user!: UserAnswer;
}

export class ApiKeyAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) name!: string;
  @ApiProperty({ type: String, description: 'The beginning of the key, to recognise it by' }) prefix!: string;
  @ApiProperty({ type: [String], enum: allScopes }) scopes!: readonly Scope[];
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expiresAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To within some seconds' })
  lastUsedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) revokedAt!: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) createdAt!: string;
}

export class NewApiKeyAnswer extends ApiKeyAnswer {
  @ApiProperty({ type: String, description: 'The key itself. It is shown once.' }) key!: string;
}

export class ApiKeyPage {
  @ApiProperty({ type: [ApiKeyAnswer] }) data!: ApiKeyAnswer[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function presentUser(u: User): UserAnswer {
  return {
    id: u.id,
    email: u.email,
    firstName: u.firstName,
    lastName: u.lastName,
    role: u.role,
    emailVerified: u.emailVerified,
    lastLoginAt: u.lastLoginAt?.toISOString() ?? null,
    createdAt: u.createdAt.toISOString(),
    updatedAt: u.updatedAt.toISOString(),
  };
}

export function presentSession({ access, refreshToken, user }: LoggedIn): SessionAnswer {
  return {
    accessToken: access.token,
    tokenType: 'Bearer',
    expiresIn: access.expiresInSeconds,
    refreshToken,
    user: presentUser(user),
  };
}

export function presentApiKey(k: ApiKey): ApiKeyAnswer {
  return {
    id: k.id,
    name: k.name,
    prefix: k.lookup,
    scopes: k.scopes,
    expiresAt: k.expiresAt?.toISOString() ?? null,
    lastUsedAt: k.lastUsedAt?.toISOString() ?? null,
    revokedAt: k.revokedAt?.toISOString() ?? null,
    createdAt: k.createdAt.toISOString(),
  };
}
