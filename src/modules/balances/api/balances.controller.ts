import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { NotFound } from '#kernel/errors.js';
import { IdempotentRequests, type IdempotentRequest } from '#ports/idempotency.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { jsonAnswer, send, sendPage } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { Accounts, type Account } from '../application/accounts.js';
import { MoveMoney } from '../application/move-money.js';
import {
  AccountPage,
  CustomerBalancesAnswer,
  EntryPage,
  LedgerAnswer,
  MoveMoneyDto,
  MovementAnswer,
  presentAccount,
  presentEntry,
  presentLedger,
  presentMoved,
} from './balance.dto.js';
import { CustomerId } from '#platform/http/customer-id.js';

const customerIdParam = ApiParam({
  name: 'customerId',
  schema: { type: 'string', minLength: 1, maxLength: 64, example: 'customer-42' },
});

@ApiTags('Balances')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('balances')
export class BalancesController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly commands: CommandBus,
    private readonly accounts: Accounts,
  ) {}

  @Get()
  @Requires('balances:read', 'staff')
  @Documented({
    summary: 'List accounts, newest first',
    operationId: 'listBalances',
    status: 200,
    answer: AccountPage,
    answerDescription: 'A page of accounts',
  })
  async list(
    @Query() { limit, cursor }: PageQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendPage(request, reply, pageOf(await this.accounts.list(decodeCursor(cursor), limit), limit, presentAccount));
  }

  @Post(':customerId/deposits')
  @Requires('balances:write')
  @customerIdParam
  @Documented({
    body: MoveMoneyDto,
    example: { amount: 5000, currency: 'USD', reference: 'bank transfer' },
    summary: 'Deposit money into a balance',
    operationId: 'deposit',
    status: 201,
    answer: MovementAnswer,
    answerDescription: 'The movement, with the resulting balance',
    problems: ['balance-too-large', 'balances-kept-elsewhere'],
    idempotencyKey: 'required',
  })
  async deposit(
    @Param('customerId', CustomerId) customerId: string,
    @Body() body: MoveMoneyDto,
    @Idempotent('required') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.move('deposit', customerId, body, request, reply);
  }

  @Post(':customerId/withdrawals')
  @Requires('balances:write')
  @customerIdParam
  @Documented({
    body: MoveMoneyDto,
    example: { amount: 500, currency: 'USD' },
    summary: 'Withdraw money from a balance',
    operationId: 'withdraw',
    status: 201,
    answer: MovementAnswer,
    answerDescription: 'The movement, with the resulting balance',
    problems: ['insufficient-funds'],
    idempotencyKey: 'required',
  })
  async withdraw(
    @Param('customerId', CustomerId) customerId: string,
    @Body() body: MoveMoneyDto,
    @Idempotent('required') request: IdempotentRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.move('withdrawal', customerId, body, request, reply);
  }

  @Get(':customerId')
  @Requires('balances:read')
  @customerIdParam
  @Documented({
    summary: 'Read a customer’s balances',
    operationId: 'getBalances',
    status: 200,
    answer: CustomerBalancesAnswer,
    answerDescription: 'One account per currency',
    problems: ['not-found'],
  })
  async get(
    @Param('customerId', CustomerId) customerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<CustomerBalancesAnswer> {
    return { customerId, accounts: (await this.accountsOf(customerId, caller)).map(presentAccount) };
  }

  @Get(':customerId/entries')
  @Requires('balances:read')
  @customerIdParam
  @Documented({
    summary: 'Read a customer’s statement, newest first',
    operationId: 'listEntries',
    status: 200,
    answer: EntryPage,
    answerDescription: 'A page of movements, each with the resulting balance',
    problems: ['not-found'],
  })
  async entries(
    @Param('customerId', CustomerId) customerId: string,
    @Query() { limit, cursor }: PageQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.accountsOf(customerId, caller);
    sendPage(
      request,
      reply,
      pageOf(await this.accounts.movements(customerId, decodeCursor(cursor), limit), limit, presentEntry),
    );
  }

  private async accountsOf(customerId: string, caller: Caller): Promise<Account[]> {
    const isOthers = caller.customerId !== null && caller.customerId !== customerId;
    const accounts = isOthers ? [] : await this.accounts.ofCustomer(customerId);
    if (accounts.length === 0) throw new NotFound('balance of', customerId);
    return accounts;
  }

  private async move(
    kind: 'deposit' | 'withdrawal',
    customerId: string,
    body: MoveMoneyDto,
    request: IdempotentRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { amount, currency, reference = null } = body;
    const answer = await this.requests.once(
      request,
      (tx) => this.commands.execute(new MoveMoney(tx, kind, customerId, amount, currency, reference, request.cause)),
      (moved) =>
        jsonAnswer(201, presentMoved(moved), {
          location: `/${API_PREFIX}/balances/${encodeURIComponent(customerId)}/entries`,
        }),
    );
    send(reply, answer);
  }
}

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('operations/ledger')
export class LedgerController {
  constructor(private readonly accounts: Accounts) {}

  @Get()
  @Requires('operations:read')
  @Documented({
    summary: 'Read the ledger: money received, earned and owed',
    description: 'Per currency: cash = available + blocked + revenue + refundsDue + disputes, always.',
    operationId: 'getLedger',
    status: 200,
    answer: LedgerAnswer,
    answerDescription: 'The sums of every side, per currency',
  })
  async get(): Promise<LedgerAnswer> {
    return presentLedger(await this.accounts.sums());
  }
}
