import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { Transactions } from '#ports/tx.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { PageQuery } from '#platform/http/page-query.js';
import { IdOf } from '#platform/http/validation.js';
import { ApiKeys, CreateApiKey, RevokeApiKey } from '../application/api-keys.js';
import { ChangeUser } from '../application/change-user.js';
import { Users } from '../application/users.js';
import { normalizeEmail } from '../domain/user.js';
import {
  ApiKeyPage,
  ChangeRoleDto,
  CreateApiKeyDto,
  NewApiKeyAnswer,
  presentApiKey,
  presentUser,
  UserAnswer,
  UserPage,
  UserQuery,
} from './access.dto.js';
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
  ) {}

  @Post('api-keys')
  @Requires('admin')
  @Documented({
    body: CreateApiKeyDto,
    example: { name: 'storefront', scopes: ['orders:read', 'orders:write'] },

    summary: 'Make an API key',
    description:
      'The key is in this answer and nowhere else; only a hash of it is kept. Therefore this POST is not replayed: after a lost answer, revoke the key and make another.',
    operationId: 'createApiKey',
    status: 201,
    answer: NewApiKeyAnswer,
    answerDescription: 'The key, shown once',
  })
  async createKey(
    @Body() { name, scopes, expiresAt }: CreateApiKeyDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NewApiKeyAnswer> {
    void reply.header('cache-control', 'no-store');
    const validUntil = expiresAt ? new Date(expiresAt) : null;
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
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(request, reply, pageOf(await this.apiKeys.list(decodeCursor(cursor), limit), limit, presentApiKey));
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
    body: ChangeRoleDto,
    example: { role: 'admin' },

    summary: 'Give a user another role',
    description: 'Ends the user’s sessions; access tokens with the old role last at most another 15 minutes.',
    operationId: 'changeRole',
    status: 200,
    answer: UserAnswer,
    answerDescription: 'The user',
    problems: ['not-found', 'last-superadmin'],
  })
  async changeRole(
    @Param('id', new IdOf('user')) userId: string,
    @Body() { role }: ChangeRoleDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<UserAnswer> {
    const origin = originOf(request, caller.id);
    const user = await this.transactions.run((tx) =>
      this.commands.execute(new ChangeUser(tx, userId, { role }, origin)),
    );
    return presentUser(user);
  }
}
