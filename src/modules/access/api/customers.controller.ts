import { Body, Controller, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { CustomerId } from '#platform/http/customer-id.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { NoMembers } from '#platform/http/validation.js';
import { Callers } from '../application/callers.js';
import { EraseCustomer } from '../application/erase-customer.js';
import { RecentLogin } from '../application/recent-login.js';
import { EraseQuery, ErasureAnswer } from './erasure.dto.js';
import { originOf } from './origin.js';

@ApiTags('Access')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('customers')
export class CustomersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly callers: Callers,
    private readonly recentLogin: RecentLogin,
  ) {}

  @Post(':id/erase')
  @HttpCode(202)
  @Requires('operations:write')
  @ApiParam({
    name: 'id',
    schema: { type: 'string', minLength: 1, maxLength: 64, example: 'customer-43' },
    description: 'The customer’s id in orders and balances: an account’s id, or one from an external system',
  })
  @Documented({
    summary: 'Erase the personal data of a customer, with or without an account',
    description:
      'Same as DELETE /auth/me, for customers without a login or who ask through another channel. Staff must have entered their password in the last 5 minutes.',
    operationId: 'eraseCustomer',
    status: 202,
    answer: ErasureAnswer,
    answerDescription: 'The account is deleted; everything else follows in the background',
    problems: ['not-found', 'last-superadmin', 'customer-has-obligations', 'reauthentication-required'],
  })
  async erase(
    @Param('id', CustomerId) id: string,
    @Query() { settle = false }: EraseQuery,
    @Body(NoMembers) _body: unknown,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<ErasureAnswer> {
    await this.recentLogin.confirm(caller);
    const erased = await this.commands.execute(new EraseCustomer(id, settle, originOf(request, caller.id)));
    this.callers.forget(id);
    return erased;
  }
}
