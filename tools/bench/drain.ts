import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventCatalog } from '#ports/events.js';
import { BatchConsumer } from '#ports/consumers.js';
import { Log } from '#platform/telemetry/log.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import { Relay } from '#platform/outbox/relay.js';
import { Subscriptions, to } from '#platform/outbox/subscriptions.js';
import { PlatformModule } from '#platform/platform.module.js';
import { JoinedModule } from '#app/joined.module.js';
import { readSettings } from '#app/settings.js';
import { SystemClock } from '#app/system-clock.js';

/** The relay alone, in a process of its own, with a subscriber that does nothing. Started by the bench; ends when it is told to. */
@Injectable()
class DoNothing extends BatchConsumer {
  static readonly id = 'bench.do-nothing';

  override async reactAll(): Promise<void> {}
}

const settings = readSettings({ ...process.env, NODE_ENV: 'test', LOG_LEVEL: 'warn' });
const database = { url: settings.databaseUrl!, poolMax: 4, applicationName: 'quittance-bench-relay' };
const subscriptions = new Subscriptions({ 'bench.happened': [to(DoNothing)] });
const parts = {
  settings,
  egress: { allowPrivate: true },
  log: Log.create(settings),
  metrics: new Metrics(),
  database,
  clock: new SystemClock(),
  subscriptions,
  events: new EventCatalog({}),
};

@Module({ imports: [PlatformModule.with(parts), JoinedModule.with(settings)], providers: [DoNothing] })
class RelayAlone {}

const nest = await NestFactory.createApplicationContext(RelayAlone, { logger: false });
const relay = nest.get(Relay);
process.on('message', (message) => {
  if (message === 'start') relay.start();
});
process.on('disconnect', () => {
  void relay
    .stop(1_000)
    .then(() => nest.close())
    .then(() => process.exit(0));
});
process.send?.('ready');
