import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, HttpCode, Patch, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '#kernel/clock.js';
import type { Caller } from '#ports/caller.js';
import { Counters } from '#ports/counters.js';
import { PersonalData } from '#ports/personal-data.js';
import { Transactions } from '#ports/tx.js';
import { CurrentCaller, Requires } from '#platform/http/access.js';
import { Documented } from '#platform/http/documented.js';
import { sent } from '#platform/http/fields.js';
import { Callers } from '../application/callers.js';
import { ChangeUser } from '../application/change-user.js';
import { EraseCustomer } from '../application/erase-customer.js';
import { RecentLogin } from '../application/recent-login.js';
import { Users } from '../application/users.js';
import { RateLimited, Unauthenticated } from '../contract.js';
import { ChangeMeDto, presentUser, UserAnswer } from './access.dto.js';
import { EraseQuery } from './erasure.dto.js';
import { originOf } from './origin.js';

/** An export reads everything of a person: so many in so many seconds. */
const EXPORTS = { most: 5, seconds: 300 };

/** What users see and change of their own account. */
@ApiTags('Access')
@ApiBearerAuth('bearer')
@Controller('auth/me')
export class AccountController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: CommandBus,
    private readonly users: Users,
    private readonly personalData: PersonalData,
    private readonly callers: Callers,
    private readonly recentLogin: RecentLogin,
    private readonly counters: Counters,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Requires('self')
  @Documented({
    summary: 'Read your account',
    operationId: 'getMe',
    status: 200,
    answer: UserAnswer,
    answerDescription: 'Your account',
  })
  async me(@CurrentCaller() caller: Caller): Promise<UserAnswer> {
    const user = await this.users.find(caller.user!.id);
    if (!user) throw new Unauthenticated();
    return presentUser(user);
  }

  @Patch()
  @Requires('self')
  @Documented({
    body: ChangeMeDto,
    example: { firstName: 'Ada', lastName: 'Example' },

    summary: 'Change your name',
    operationId: 'changeMe',
    status: 200,
    answer: UserAnswer,
    answerDescription: 'Your account',
    problems: ['not-found'],
  })
  async changeMe(
    @Body() body: ChangeMeDto,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<UserAnswer> {
    const { id } = caller.user!;
    const origin = originOf(request, caller.id);
    const user = await this.transactions.run((tx) => this.commands.execute(new ChangeUser(tx, id, sent(body), origin)));
    return presentUser(user);
  }

  @Get('export')
  @Requires('self')
  @Documented({
    summary: 'Export all data stored about you',
    description: 'The response is streamed. Limited to five exports in five minutes.',
    operationId: 'exportMe',
    status: 200,
    answerDescription: 'One JSON document: account, orders, payments, balances and the events about you',
  })
  async export(@CurrentCaller() caller: Caller, @Res() reply: FastifyReply): Promise<void> {
    const { id } = caller.user!;
    const { count, resetSeconds } = await this.counters.count(`export/${id}`, EXPORTS.seconds);
    if (count > EXPORTS.most) throw new RateLimited('Your data was exported several times just now.', resetSeconds);
    void reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="quittance-export.json"')
      .send(Readable.from(this.personalData.export(id, this.clock.now())));
  }

  @Delete()
  @HttpCode(204)
  @Requires('self')
  @Documented({
    summary: 'Erase your account and your personal data',
    description:
      'Erases the account immediately and your other personal data in the background. Orders and payments stay for accounting, under a pseudonym that cannot be linked to you. Refused while orders are open or the balance is not zero, unless settle=true cancels and pays out first. Requires a password entered in the last 5 minutes.',
    operationId: 'eraseMe',
    status: 204,
    answerDescription: 'The account is deleted',
    problems: ['not-found', 'last-superadmin', 'customer-has-obligations', 'reauthentication-required'],
  })
  async erase(
    @Query() { settle = false }: EraseQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    await this.recentLogin.confirm(caller);
    const { id } = caller.user!;
    await this.commands.execute(new EraseCustomer(id, settle, originOf(request, caller.id)));
    this.callers.forget(id);
  }
}
