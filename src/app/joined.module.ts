import { Global, Module, type DynamicModule } from '@nestjs/common';
import { IntegrityChecks } from '#ports/integrity.js';
import { PersonalData } from '#ports/personal-data.js';
import { Housekeeping } from '#ports/retention.js';
import { SealedColumns } from '#ports/sealing.js';
import { TimelineParts } from '#ports/timelines.js';
import { Settings } from '#platform/settings/settings.js';
import { integrityChecks } from './integrity.js';
import { erasureOrder, housekeepingOrder } from './ordered-lists.js';
import { settingsTokens, type AppSettings } from './settings.js';
import { timelineParts } from './timeline.js';

/** What modules contribute to one thing, joined: settings, integrity checks, timelines, personal data, housekeeping. */
@Global()
@Module({})
export class JoinedModule {
  static with(settings: AppSettings): DynamicModule {
    const providers = [
      ...settingsTokens.filter((token) => token !== Settings).map((provide) => ({ provide, useValue: settings })),
      { provide: IntegrityChecks, useValue: new IntegrityChecks(integrityChecks) },
      { provide: TimelineParts, useValue: new TimelineParts(timelineParts) },
      { provide: PersonalData, useFactory: () => new PersonalData(erasureOrder) },
      { provide: SealedColumns, useClass: SealedColumns },
      { provide: Housekeeping, useFactory: () => new Housekeeping(housekeepingOrder) },
    ];
    return { module: JoinedModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
