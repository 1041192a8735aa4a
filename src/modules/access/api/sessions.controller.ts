import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { Transactions } from '#ports/tx.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { SmallBody } from '#platform/http/body.js';
import { Documented } from '#platform/http/documented.js';
import { IdOf } from '#platform/http/validation.js';
import { Clock } from '#kernel/clock.js';
import { Callers } from '../application/callers.js';
import { ChangePassword } from '../application/change-password.js';
import { EndSession } from '../application/end-session.js';
import { Reauthenticate } from '../application/reauthenticate.js';
import { NewPasswords } from '../application/new-passwords.js';
import { Sessions } from '../application/users.js';
import { isLive } from '../domain/session.js';
import { ChangePasswordDto, ReauthenticateDto, OpenSessions, presentOpenSession } from './access.dto.js';
import { originOf } from './origin.js';

@ApiTags('Access')
@ApiBearerAuth('bearer')
@Controller('auth')
export class SessionsController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly sessions: Sessions,
    private readonly newPasswords: NewPasswords,
    private readonly clock: Clock,
    private readonly callers: Callers,
  ) {}

  @Get('sessions')
  @Requires('self')
  @Documented({
    summary: 'List your sessions, newest first',
    description: 'Customers’ sessions end after 90 days, those of staff after 12 hours.',
    operationId: 'listSessions',
    status: 200,
    answer: OpenSessions,
    answerDescription: 'Sessions that have not ended',
  })
  async list(@CurrentCaller() caller: Caller): Promise<OpenSessions> {
    const { id, sessionId } = caller.user!;
    const now = this.clock.now();
    const open = (await this.sessions.openOf(id)).filter((session) => isLive(session, now));
    return { data: open.map((session) => presentOpenSession(session, sessionId)) };
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @Requires('self')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' }, description: 'Id of one of your sessions' })
  @Documented({
    summary: 'End one of your sessions',
    operationId: 'endSession',
    status: 204,
    answerDescription: 'It has ended; its tokens stop working on every replica within three seconds',
    problems: ['not-found'],
  })
  async end(
    @Param('id', new IdOf('session')) id: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const origin = originOf(request, caller.id);
    await this.transactions.run((tx) => this.commands.execute(new EndSession(tx, caller.user!.id, id, origin)));
    this.callers.forget(caller.user!.id);
  }

  @Post('reauthenticate')
  @HttpCode(204)
  @SmallBody()
  @Requires('self')
  @Documented({
    body: ReauthenticateDto,
    example: { password: 'demo-admin-password' },

    summary: 'Confirm your password',
    description:
      'Allows irreversible and privileged actions in this session for 5 minutes: erasing data, creating API keys, removing the second factor. A new login has the same effect.',
    operationId: 'reauthenticate',
    status: 204,
    answerDescription: 'The session is reauthenticated',
    problems: ['mfa-required', 'mfa-invalid'],
  })
  async reauthenticate(
    @Body() { password, code }: ReauthenticateDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { id, sessionId } = caller.user!;
    await this.commands.execute(new Reauthenticate(id, sessionId, password, code, originOf(request, caller.id)));
  }

  @Post('me/password')
  @HttpCode(204)
  @SmallBody()
  @Requires('self')
  @Documented({
    body: ChangePasswordDto,
    example: { current: 'demo-admin-password', password: 'demo-admin-password' },

    summary: 'Change your password',
    description: 'Ends your other sessions.',
    operationId: 'changePassword',
    status: 204,
    answerDescription: 'The password is changed',
  })
  async changePassword(
    @Body() { current, password }: ChangePasswordDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { id, sessionId } = caller.user!;
    const origin = originOf(request, caller.id);
    const { before, after } = await this.newPasswords.replace(id, current, password, origin.address);
    await this.transactions.run((tx) =>
      this.commands.execute(new ChangePassword(tx, id, before, after, sessionId, origin)),
    );
    this.callers.forget(id);
  }
}
