import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '#ports/caller.js';
import { NotFound } from '#kernel/errors.js';
import type { IdempotentRequest } from '#ports/idempotency.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { send, sendPage } from '#platform/http/answer.js';
import { decodeCursor, pageOf } from '#platform/http/cursor.js';
import { Documented } from '#platform/http/documented.js';
import { Idempotent } from '#platform/http/idempotent-request.js';
import { PageQuery } from '#platform/http/page-query.js';
import { Accounts, type Account } from '../application/accounts.js';
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
} from './balance.dto.js';
import { CustomerId } from '#platform/http/customer-id.js';
import { MoneyQueue } from './money-queue.js';

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
    private readonly queue: MoneyQueue,
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
    const { cause } = request;
    const answer = await this.queue.move(request, { kind, customerId, amount, currency, reference, cause });
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
