import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsString } from 'class-validator';
import type { Role } from '#ports/caller.js';
import { IsEmailAddress, IsName, Length, MayBeAbsent, MayBeNull } from '#platform/http/fields.js';
import { PageQuery } from '#platform/http/page-query.js';
import type { LoggedIn } from '../application/log-in.js';
import { endOf, type Session } from '../domain/session.js';
import {
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
  roles,
  userStatuses,
  type User,
  type UserStatus,
} from '../domain/user.js';

class Names {
  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 100, example: 'Ada' })
  @MayBeNull()
  @IsName(100)
  firstName?: string | null;

  @ApiProperty({ type: String, required: false, nullable: true, maxLength: 100, example: 'Example' })
  @MayBeNull()
  @IsName(100)
  lastName?: string | null;
}

export class RegisterDto extends Names {
  @ApiProperty({ type: String, format: 'email', maxLength: 254, example: 'ada@example.com' })
  @IsEmailAddress()
  email!: string;

  @ApiProperty({
    type: String,
    format: 'password',
    minLength: MIN_PASSWORD_LENGTH,
    maxLength: MAX_PASSWORD_LENGTH,
    example: 'a long and quiet sentence',
  })
  @IsString()
  @Length(MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH)
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

  @ApiProperty({
    type: String,
    required: false,
    minLength: 6,
    maxLength: 40,
    description: 'Required if the account has a second factor: a six-digit code, or a recovery code',
  })
  @MayBeAbsent()
  @IsString()
  @Length(6, 40)
  code?: string;
}

export class ReauthenticateDto {
  @ApiProperty({ type: String, format: 'password', maxLength: 128 })
  @IsString()
  @Length(1, 128)
  password!: string;

  @ApiProperty({ type: String, required: false, minLength: 6, maxLength: 40, description: 'Second-factor code' })
  @MayBeAbsent()
  @IsString()
  @Length(6, 40)
  code?: string;
}

export class RefreshDto {
  @ApiProperty({
    type: String,
    maxLength: 200,
    description: 'The refresh token of the last response; it works once',
  })
  @IsString()
  @Length(1, 200)
  refreshToken!: string;
}

export class ChangeMeDto extends Names {}

export class ChangePasswordDto {
  @ApiProperty({ type: String, format: 'password', maxLength: 128 })
  @IsString()
  @Length(1, 128)
  current!: string;

  @ApiProperty({ type: String, format: 'password', minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH })
  @IsString()
  @Length(MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH)
  password!: string;
}

export class ChangeUserDto {
  @ApiProperty({ type: String, required: false, enum: roles, example: 'admin' })
  @MayBeAbsent()
  @IsIn(roles)
  role?: Role;

  @ApiProperty({ type: String, required: false, enum: userStatuses, description: 'A disabled account cannot be used' })
  @MayBeAbsent()
  @IsIn(userStatuses)
  status?: UserStatus;

  @ApiProperty({ type: Boolean, required: false, description: 'Also revokes the API keys that the user created' })
  @MayBeAbsent()
  @IsBoolean()
  revokeApiKeys?: boolean;
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

export class UserAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: String }) email!: string;
  @ApiProperty({ type: String, nullable: true }) firstName!: string | null;
  @ApiProperty({ type: String, nullable: true }) lastName!: string | null;
  @ApiProperty({ type: String, enum: roles }) role!: Role;
  @ApiProperty({ type: String, enum: userStatuses }) status!: UserStatus;
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

export class OpenSessionAnswer {
  @ApiProperty({ type: String, format: 'uuid' }) id!: string;
  @ApiProperty({ type: Boolean, description: 'Whether it is the session of this request' }) isCurrent!: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) startedAt!: string;
  @ApiProperty({ type: String, format: 'date-time', description: 'When it ends, however often it is refreshed' })
  endsAt!: string;
}

export class OpenSessions {
  @ApiProperty({ type: [OpenSessionAnswer] }) data!: OpenSessionAnswer[];
}

export function presentUser(u: User): UserAnswer {
  return {
    id: u.id,
    email: u.email,
    firstName: u.firstName,
    lastName: u.lastName,
    role: u.role,
    status: u.status,
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

export function presentOpenSession(session: Session, currentId: string): OpenSessionAnswer {
  return {
    id: session.id,
    isCurrent: session.id === currentId,
    startedAt: session.startedAt.toISOString(),
    endsAt: endOf(session).toISOString(),
  };
}
