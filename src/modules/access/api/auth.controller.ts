import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { IdempotencyKeyReused, IdempotentRequests } from '#ports/idempotency.js';
import { Transactions } from '#ports/tx.js';
import { CurrentCaller, Public, Requires } from '#platform/http/access.js';
import { SmallBody } from '#platform/http/body.js';
import { jsonAnswer, send } from '#platform/http/answer.js';
import { Documented } from '#platform/http/documented.js';
import { idempotentRequest } from '#platform/http/idempotent-request.js';
import { NoMembers } from '#platform/http/validation.js';
import { Callers } from '../application/callers.js';
import { LogIn } from '../application/log-in.js';
import { EndSession } from '../application/end-session.js';
import { NewPasswords } from '../application/new-passwords.js';
import { RefreshSession } from '../application/refresh-session.js';
import { RegistrationLimit } from '../application/registration-limit.js';
import { RegisterUser } from '../application/register-user.js';
import { normalizeEmail } from '#kernel/email.js';
import {
  LoginDto,
  presentSession,
  presentUser,
  RefreshDto,
  RegisterDto,
  SessionAnswer,
  UserAnswer,
} from './access.dto.js';
import { originOf } from './origin.js';

@ApiTags('Access')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly newPasswords: NewPasswords,
    private readonly callers: Callers,
    private readonly registrations: RegistrationLimit,
  ) {}

  @Post('register')
  @SmallBody()
  @Public()
  @Documented({
    body: RegisterDto,
    example: { email: 'ada@example.com', password: 'a long and quiet sentence', firstName: 'Ada', lastName: 'Example' },

    summary: 'Create a customer account',
    operationId: 'register',
    status: 201,
    answer: UserAnswer,
    answerDescription: 'The account',
    problems: ['email-taken', 'rate-limited'],
    idempotencyKey: 'optional',
    isPublic: true,
  })
  async register(@Body() body: RegisterDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { email, password, firstName = null, lastName = null } = body;
    // The key belongs to this email, and the password is no part of what is remembered: a fast hash of it must not lie around.
    const idempotent = idempotentRequest(request, false, {
      caller: `register:${normalizeEmail(email)}`,
      body: { email, firstName, lastName },
    });
    const origin = originOf(request, null);
    const answer = await this.requests.onceAfter(
      idempotent,
      async () => {
        await this.registrations.take(origin.address);
        return this.newPasswords.hash(email, password, origin.address);
      },
      (tx, passwordHash) => {
        const input = { email, passwordHash, firstName, lastName, role: 'customer' as const };
        return this.commands.execute(new RegisterUser(tx, input, origin));
      },
      (user) => jsonAnswer(201, presentUser(user)),
    );
    // The password is not in the request's hash, so a repetition must show that it knows it.
    if (answer.replayed && !(await this.newPasswords.isOf(email, password, origin.address)))
      throw new IdempotencyKeyReused();
    send(reply, answer);
  }

  @Post('login')
  @SmallBody()
  @HttpCode(200)
  @Public()
  @Documented({
    body: LoginDto,
    example: { email: 'admin@demo.example', password: 'demo-admin-password' },

    summary: 'Log in with email and password',
    description:
      'A wrong email and a wrong password get the same response. An account with a second factor also needs its code. Failed attempts are limited per account and per IP address.',
    operationId: 'login',
    status: 200,
    answer: SessionAnswer,
    answerDescription: 'An access token valid for 15 minutes and a refresh token valid for 7 days',
    problems: ['unauthenticated', 'mfa-required', 'mfa-invalid', 'rate-limited'],
    isPublic: true,
  })
  async login(@Body() { email, password, code }: LoginDto, @Req() request: FastifyRequest): Promise<SessionAnswer> {
    return presentSession(await this.commands.execute(new LogIn(email, password, code, originOf(request, null))));
  }

  @Post('refresh')
  @SmallBody()
  @HttpCode(200)
  @Public()
  @Documented({
    body: RefreshDto,
    example: { refreshToken: 'the refreshToken of your last login or refresh' },

    summary: 'Exchange a refresh token for new tokens',
    description:
      'Each refresh token works once. If the response is lost, retry with the same token within 20 s; using a spent token later ends the session.',
    operationId: 'refresh',
    status: 200,
    answer: SessionAnswer,
    answerDescription: 'New tokens',
    problems: ['unauthenticated', 'refresh-token-reused', 'rate-limited'],
    isPublic: true,
  })
  async refresh(@Body() { refreshToken }: RefreshDto, @Req() request: FastifyRequest): Promise<SessionAnswer> {
    return presentSession(await this.commands.execute(new RefreshSession(refreshToken, originOf(request, null))));
  }

  @Post('logout')
  @HttpCode(204)
  @Requires('self')
  @ApiBearerAuth('bearer')
  @Documented({
    summary: 'End this session',
    operationId: 'logout',
    status: 204,
    answerDescription: 'The refresh token is revoked; access tokens stop working on every replica within three seconds',
  })
  async logout(
    @Body(NoMembers) _body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { id, sessionId } = caller.user!;
    const origin = originOf(request, caller.id);
    await this.transactions.run((tx) => this.commands.execute(new EndSession(tx, id, sessionId, origin)));
    this.callers.forget(id);
  }
}
