import { Module } from '@nestjs/common';
import './scopes.js';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '#platform/settings/settings.js';
import { DEMO_API_KEY } from './settings.js';
import { AccessGuard } from './api/access.guard.js';
import { AdministrationController } from './api/administration.controller.js';
import { AccountController } from './api/account.controller.js';
import { CustomersController } from './api/customers.controller.js';
import { MfaController } from './api/mfa.controller.js';
import { AuthController } from './api/auth.controller.js';
import { RateLimiter } from './api/rate-limiter.js';
import { RouteCheck } from './api/route-check.js';
import { ApiKeys, KeyEnvironment } from './application/api-keys.js';
import { CreateApiKeyHandler } from './application/create-api-key.js';
import { RevokeApiKeyHandler, RevokeKeysOfHandler } from './application/revoke-api-keys.js';
import { SessionsController } from './api/sessions.controller.js';
import { LoginThrottle } from './application/login-throttle.js';
import { RegistrationLimit } from './application/registration-limit.js';
import { Callers, DemoKey } from './application/callers.js';
import { ChangeUserHandler } from './application/change-user.js';
import { EraseCustomerHandler } from './application/erase-customer.js';
import { ErasePersonalData } from './application/erase-personal-data.js';
import { Erasures } from './application/erasures.js';
import {
  ConfirmSecondFactorHandler,
  EnrollSecondFactorHandler,
  RemoveSecondFactorHandler,
} from './application/enroll-second-factor.js';
import { ReauthenticateHandler } from './application/reauthenticate.js';
import { RecentLogin } from './application/recent-login.js';
import { OneTimePasswords, SecondFactorCheck, SecondFactors } from './application/second-factors.js';
import { LogInHandler } from './application/log-in.js';
import { Authority } from './application/authority.js';
import { ChangePasswordHandler } from './application/change-password.js';
import { EndSessionHandler } from './application/end-session.js';
import { RefreshSessionHandler } from './application/refresh-session.js';
import { NewPasswords } from './application/new-passwords.js';
import { RegisterUserHandler } from './application/register-user.js';
import { CommonPasswords, Passwords, Tokens } from './application/secrets.js';
import { Sessions, Users } from './application/users.js';
import { ApiKeyEntity } from './infrastructure/api-key.entity.js';
import { TypeOrmApiKeys } from './infrastructure/typeorm-api-keys.js';
import { TypeOrmUsers } from './infrastructure/typeorm-users.js';
import { UserEntity } from './infrastructure/user.entity.js';
import { Argon2Passwords } from './infrastructure/argon2-passwords.js';
import { JoseTokens } from './infrastructure/jose-tokens.js';
import { KeyUseSchedule } from './infrastructure/key-use-schedule.js';
import { AccountData } from './infrastructure/account-data.sql.js';
import { SpentTokens } from './infrastructure/spent-tokens.sql.js';
import { AccessMetrics } from './metrics.js';
import { SqlErasures } from './infrastructure/erasures.sql.js';
import { OldAddresses } from './infrastructure/old-addresses.js';
import { SqlSecondFactors } from './infrastructure/second-factors.sql.js';
import { TotpPasswords } from './infrastructure/totp-passwords.js';
import { ListedPasswords } from './infrastructure/listed-passwords.js';
import { SqlSessions } from './infrastructure/sessions.sql.js';

const keyEnvironments = { production: 'live', development: 'dev', test: 'test' };

@Module({
  imports: [DiscoveryModule, TypeOrmModule.forFeature([ApiKeyEntity, UserEntity])],
  controllers: [
    AuthController,
    AccountController,
    SessionsController,
    MfaController,
    CustomersController,
    AdministrationController,
  ],
  providers: [
    SpentTokens,
    { provide: APP_GUARD, useClass: AccessGuard },
    RouteCheck,
    RateLimiter,
    Callers,
    KeyUseSchedule,
    AccessMetrics,
    LoginThrottle,
    RegistrationLimit,
    AccountData,
    NewPasswords,
    RegisterUserHandler,
    LogInHandler,
    RefreshSessionHandler,
    Authority,
    EndSessionHandler,
    ChangePasswordHandler,
    RevokeKeysOfHandler,
    ChangeUserHandler,
    EraseCustomerHandler,
    ErasePersonalData,
    OldAddresses,
    RecentLogin,
    ReauthenticateHandler,
    SecondFactorCheck,
    EnrollSecondFactorHandler,
    ConfirmSecondFactorHandler,
    RemoveSecondFactorHandler,
    { provide: Erasures, useClass: SqlErasures },
    { provide: SecondFactors, useClass: SqlSecondFactors },
    { provide: OneTimePasswords, useClass: TotpPasswords },
    CreateApiKeyHandler,
    RevokeApiKeyHandler,
    { provide: Users, useClass: TypeOrmUsers },
    { provide: Sessions, useClass: SqlSessions },
    { provide: ApiKeys, useClass: TypeOrmApiKeys },
    { provide: Passwords, useClass: Argon2Passwords },
    { provide: CommonPasswords, useClass: ListedPasswords },
    { provide: Tokens, useClass: JoseTokens },
    {
      provide: DemoKey,
      useFactory: (settings: Settings) => new DemoKey(settings.isDemo ? DEMO_API_KEY : null),
      inject: [Settings],
    },
    {
      provide: KeyEnvironment,
      useFactory: (settings: Settings) => new KeyEnvironment(keyEnvironments[settings.nodeEnv]),
      inject: [Settings],
    },
  ],
})
export class AccessModule {}
