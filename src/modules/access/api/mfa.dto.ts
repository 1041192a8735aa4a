import { Length } from '#platform/http/fields.js';
import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

export class ConfirmMfaDto {
  @ApiProperty({ type: String, minLength: 6, maxLength: 40, example: '123456' })
  @IsString()
  @Length(6, 40)
  code!: string;
}

export class MfaAnswer {
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) enrolledAt!: string | null;
  @ApiProperty({ type: 'integer' }) recoveryCodesLeft!: number;
}

export class EnrollmentAnswer {
  @ApiProperty({ type: String, description: 'Base32, for apps that cannot scan QR codes' }) secret!: string;
  @ApiProperty({ type: String, example: 'otpauth://totp/Quittance:admin%40demo.example?secret=...' })
  otpauthUri!: string;
  @ApiProperty({ type: [String], description: 'Each replaces a code for one login' }) recoveryCodes!: string[];
}
