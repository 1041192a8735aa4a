import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { Transactions } from '#ports/tx.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { SmallBody } from '#platform/http/body.js';
import { Documented } from '#platform/http/documented.js';
import { IdOf, NoMembers } from '#platform/http/validation.js';
import { Callers } from '../application/callers.js';
import { ConfirmSecondFactor, EnrollSecondFactor, RemoveSecondFactor } from '../application/enroll-second-factor.js';
import { RecentLogin } from '../application/recent-login.js';
import { SecondFactors } from '../application/second-factors.js';
import { ConfirmMfaDto, EnrollmentAnswer, MfaAnswer } from './mfa.dto.js';
import { originOf } from './origin.js';

/** The second factor of staff: a time-based one-time password (RFC 6238). */
@ApiTags('Access')
@ApiBearerAuth('bearer')
@Controller()
export class MfaController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly factors: SecondFactors,
    private readonly callers: Callers,
    private readonly recentLogin: RecentLogin,
  ) {}

  @Get('auth/mfa')
  @Requires('self')
  @Documented({
    summary: 'Read the status of your second factor',
    operationId: 'getMfa',
    status: 200,
    answer: MfaAnswer,
    answerDescription: 'Your second factor',
  })
  async get(@CurrentCaller() caller: Caller): Promise<MfaAnswer> {
    const factor = await this.factors.find(caller.user!.id);
    const enrolledAt = factor?.confirmedAt?.toISOString() ?? null;
    return { enrolledAt, recoveryCodesLeft: enrolledAt === null ? 0 : factor!.recoveryHashes.length };
  }

  @Post('auth/mfa')
  @HttpCode(201)
  @SmallBody()
  @Requires('self')
  @Documented({
    summary: 'Start enrolling a second factor (staff)',
    description:
      'Show otpauthUri as a QR code for an authenticator app, save the recovery codes, and confirm with the first code. Logins require a code from then on. The secret and the recovery codes appear only in this response, which is not replayed.',
    operationId: 'enrollMfa',
    status: 201,
    answer: EnrollmentAnswer,
    answerDescription: 'The secret and the recovery codes, shown once',
    problems: ['forbidden', 'mfa-enrolled', 'reauthentication-required'],
  })
  async enroll(@Body(NoMembers) _body: unknown, @CurrentCaller() caller: Caller): Promise<EnrollmentAnswer> {
    await this.recentLogin.confirm(caller);
    const { id } = caller.user!;
    const enrollment = await this.transactions.run((tx) => this.commands.execute(new EnrollSecondFactor(tx, id)));
    return { ...enrollment, recoveryCodes: [...enrollment.recoveryCodes] };
  }

  @Post('auth/mfa/confirm')
  @HttpCode(204)
  @SmallBody()
  @Requires('self')
  @Documented({
    body: ConfirmMfaDto,
    example: { code: '123456' },

    summary: 'Confirm the second factor with its first code',
    operationId: 'confirmMfa',
    status: 204,
    answerDescription: 'Logins now require a code',
    problems: ['mfa-not-started', 'mfa-enrolled', 'mfa-invalid'],
  })
  async confirm(
    @Body() { code }: ConfirmMfaDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { id } = caller.user!;
    const origin = originOf(request, caller.id);
    await this.transactions.run((tx) => this.commands.execute(new ConfirmSecondFactor(tx, id, code, origin)));
    this.callers.forget(id);
  }

  @Delete('auth/mfa')
  @HttpCode(204)
  @Requires('self')
  @Documented({
    summary: 'Remove your second factor',
    description: 'Requires a password and a second-factor code entered in the last 5 minutes.',
    operationId: 'removeMfa',
    status: 204,
    answerDescription: 'Logins no longer require a code',
    problems: ['not-found', 'reauthentication-required'],
  })
  async remove(@CurrentCaller() caller: Caller, @Req() request: FastifyRequest): Promise<void> {
    await this.recentLogin.confirm(caller);
    await this.removeOf(caller.user!.id, caller, request);
  }

  @Delete('users/:id/mfa')
  @HttpCode(204)
  @Requires('admin')
  @ApiSecurity('apiKey')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' }, description: 'Id of a user' })
  @Documented({
    summary: 'Remove the second factor of a user who has lost it',
    operationId: 'removeMfaOfUser',
    status: 204,
    answerDescription: 'The user logs in with the password alone, and can enroll another',
    problems: ['not-found', 'reauthentication-required'],
  })
  async removeOfUser(
    @Param('id', new IdOf('user')) id: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.recentLogin.confirm(caller);
    await this.removeOf(id, caller, request);
  }

  private async removeOf(id: string, caller: Caller, request: FastifyRequest): Promise<void> {
    const origin = originOf(request, caller.id);
    await this.transactions.run((tx) => this.commands.execute(new RemoveSecondFactor(tx, id, origin)));
    this.callers.forget(id);
  }
}
