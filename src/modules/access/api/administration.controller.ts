import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '#kernel/clock.js';
import { ValidationFailed } from '#kernel/errors.js';
import type { Caller } from '#ports/caller.js';
import { Transactions } from '#ports/tx.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { IdOf } from '#platform/http/validation.js';
import { ApiKeys } from '../application/api-keys.js';
import { Callers } from '../application/callers.js';
import { ChangeUser } from '../application/change-user.js';
import { CreateApiKey } from '../application/create-api-key.js';
import { RecentLogin } from '../application/recent-login.js';
import { RevokeApiKey, RevokeKeysOf } from '../application/revoke-api-keys.js';
import { Users } from '../application/users.js';
import { normalizeEmail } from '#kernel/email.js';
import { ChangeUserDto, presentUser, UserAnswer, UserPage, UserQuery } from './access.dto.js';
import { ApiKeyPage, ApiKeyQuery, CreateApiKeyDto, NewApiKeyAnswer, presentApiKey } from './api-key.dto.js';
import { originOf } from './origin.js';

const id = (what: string) =>
  ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' }, description: `Id of ${what}` });

@ApiTags('Access')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller()
export class AdministrationController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly apiKeys: ApiKeys,
    private readonly users: Users,
    private readonly callers: Callers,
    private readonly recentLogin: RecentLogin,
    private readonly clock: Clock,
  ) {}

  @Post('api-keys')
  @Requires('admin')
  @Documented({
    body: CreateApiKeyDto,
    example: { name: 'storefront', scopes: ['orders:read', 'orders:write'] },

    summary: 'Create an API key',
    description:
      'The key appears only in this response; only its hash is stored. This POST is therefore not replayed: if the response is lost, revoke the key and create another. Users must have entered their password in the last 5 minutes.',
    operationId: 'createApiKey',
    status: 201,
    answer: NewApiKeyAnswer,
    answerDescription: 'The key, shown once',
    problems: ['reauthentication-required'],
  })
  async createKey(
    @Body() { name, scopes, expiresAt }: CreateApiKeyDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<NewApiKeyAnswer> {
    await this.recentLogin.confirm(caller);
    const validUntil = expiresAt ? new Date(expiresAt) : null;
    if (validUntil !== null && validUntil <= this.clock.now())
      throw new ValidationFailed([{ pointer: '#/expiresAt', detail: 'expiresAt must be in the future' }]);
    const { apiKey, key } = await this.transactions.run((tx) =>
      this.commands.execute(new CreateApiKey(tx, name, scopes, validUntil, originOf(request, caller.id))),
    );
    return { ...presentApiKey(apiKey), key };
  }

  @Get('api-keys')
  @Requires('admin')
  @Documented({
    summary: 'List API keys, newest first',
    operationId: 'listApiKeys',
    status: 200,
    answer: ApiKeyPage,
    answerDescription: 'A page of keys, without the keys themselves',
  })
  async listKeys(
    @Query() { limit, cursor, createdBy }: ApiKeyQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(
      request,
      reply,
      pageOf(await this.apiKeys.list(decodeCursor(cursor), limit, createdBy), limit, presentApiKey),
    );
  }

  @Delete('api-keys/:id')
  @HttpCode(204)
  @Requires('admin')
  @id('an API key')
  @Documented({
    summary: 'Revoke an API key',
    operationId: 'revokeApiKey',
    status: 204,
    answerDescription: 'It stops working on every replica within seconds',
    problems: ['not-found'],
  })
  async revokeKey(
    @Param('id', new IdOf('API key')) keyId: string,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const origin = originOf(request, caller.id);
    await this.transactions.run((tx) => this.commands.execute(new RevokeApiKey(tx, keyId, origin)));
    this.callers.forget(keyId);
  }

  @Get('users')
  @Requires('admin')
  @Documented({
    summary: 'List users, newest first',
    operationId: 'listUsers',
    status: 200,
    answer: UserPage,
    answerDescription: 'A page of users',
  })
  async listUsers(
    @Query() { limit, cursor, role, email }: UserQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.users.list(
      { role, ...(email !== undefined && { email: normalizeEmail(email) }) },
      decodeCursor(cursor),
      limit,
    );
    sendPage(request, reply, pageOf(found, limit, presentUser));
  }

  @Patch('users/:id')
  @Requires('admin')
  @id('a user')
  @Documented({
    body: ChangeUserDto,
    example: { role: 'admin' },

    summary: 'Change a user’s role, or disable or enable the account',
    description:
      'Ends the user’s sessions: within three seconds no replica accepts their tokens. revokeApiKeys also revokes the API keys that the user created; GET /api-keys?createdBy=user:<id> lists them.',
    operationId: 'changeUser',
    status: 200,
    answer: UserAnswer,
    answerDescription: 'The user',
    problems: ['not-found', 'last-superadmin'],
  })
  async changeUser(
    @Param('id', new IdOf('user')) userId: string,
    @Body() { role, status, revokeApiKeys }: ChangeUserDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<UserAnswer> {
    const origin = originOf(request, caller.id);
    const change = { ...(role !== undefined && { role }), ...(status !== undefined && { status }) };
    if (Object.keys(change).length === 0 && revokeApiKeys !== true)
      throw new ValidationFailed([{ pointer: '#', detail: 'role, status or revokeApiKeys is required' }]);
    const user = await this.transactions.run(async (tx) => {
      const changed = await this.commands.execute(new ChangeUser(tx, userId, change, origin));
      if (revokeApiKeys) await this.commands.execute(new RevokeKeysOf(tx, userId, origin));
      return changed;
    });
    this.callers.forget(userId);
    return presentUser(user);
  }
}
