import { AggregatorRegistry } from 'prom-client';
import { Unavailable } from '#kernel/errors.js';
import { Wakeup } from '#platform/outbox/wakeup.js';
import { Metrics } from '#platform/telemetry/metrics.js';
import type { Application } from './application.js';
import type { FromProcess, Serving, ToProcess } from './processes.js';

/** How long commits of this process may wait until the first one hears of them: so many in one message. */
const WAKE_MS = 5;
const METRICS_MS = 6_000;

/** Joins this process to the others (see Processes). */
export function joinProcesses({ nest }: Application, hasRelay: boolean): void {
  const wakeup = nest.get(Wakeup);
  const metrics = nest.get(Metrics);
  const asked = new Map<number, (text: string | null) => void>();
  // It answers the one that collects.
  new AggregatorRegistry();
  AggregatorRegistry.setRegistries([metrics.registry]);
  let lastId = 0;
  metrics.collectWith(() => {
    const id = ++lastId;
    send({ kind: 'metrics', id });
    return new Promise<string | null>((resolve) => {
      asked.set(id, resolve);
      setTimeout(() => resolve(null), METRICS_MS).unref();
    }).then((text) => {
      asked.delete(id);
      if (text === null) throw new Unavailable('One of the processes is starting and cannot say its metrics yet.', 5);
      return text;
    });
  });
  process.on('message', (message: ToProcess) => {
    if (message.kind === 'wake') wakeup.wake();
    else if (message.kind === 'metrics') asked.get(message.id)?.(message.text);
  });
  if (!hasRelay) wakeup.listen(seldom(() => send({ kind: 'wake' })));
}

/** Tells the process that has started this one. */
export function tellServing(serving: Serving): void {
  send({ kind: 'serving', ...serving });
}

function send(message: FromProcess): void {
  if (process.connected) process.send!(message);
}

function seldom(act: () => void): () => void {
  let timer: NodeJS.Timeout | null = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      act();
    }, WAKE_MS);
  };
}
