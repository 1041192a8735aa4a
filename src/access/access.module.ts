import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DEMO_API_KEY, Settings } from '#platform/settings/settings.js';
import { AccessGuard } from './api/access.guard.js';
import { Callers, DemoKey } from './application/callers.js';

@Module({
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    Callers,
    { provide: DemoKey, useFactory: (settings: Settings) => new DemoKey(settings.nodeEnv === 'production' ? null : DEMO_API_KEY), inject: [Settings] },
  ],
})
export class AccessModule {}
