import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry } from 'prom-client';
import type { Log } from '#platform/telemetry/log.js';
import type { AppSettings } from './settings.js';

/** What each of several processes is told by the one that starts them (PROCESSES). */
export interface Share {
  /** The first one has the scheduler and the consumers; the others serve requests only. */
  readonly nth: number;
  readonly databaseUrl: string;
  /** Where payments are simulated. */
  readonly stripeApiBase: string | null;
}

/** What a process says when it serves. */
export interface Serving {
  readonly url: string;
  readonly metricsPort: number | null;
  readonly key: string | null;
}

/** To the first process, from any other: something was committed that its relay can work on. */
type Wake = { readonly kind: 'wake' };
type MetricsRequest = { readonly kind: 'metrics'; readonly id: number };
type MetricsAnswer = { readonly kind: 'metrics'; readonly id: number; readonly text: string | null };
export type FromProcess = ({ readonly kind: 'serving' } & Serving) | Wake | MetricsRequest;
export type ToProcess = Wake | MetricsAnswer;

/** It has said itself why. */
export class ProcessFailed extends Error {}

const VARIABLE = 'QUITTANCE_SHARE';
const RESTART_MS = 500;

/** The share of this process; null in the one that starts the others, and where there is only one. */
export function ownShare(): Share | null {
  const text = cluster.isWorker ? process.env[VARIABLE] : undefined;
  return text === undefined ? null : (JSON.parse(text) as Share);
}

/** The settings of one of several processes. */
export function settingsOfShare(settings: AppSettings, { nth, stripeApiBase }: Share): AppSettings {
  const role = nth > 0 && settings.role === 'all' ? 'api' : settings.role;
  return { ...settings, role, ...(stripeApiBase !== null && { stripeApiBase }) };
}

/**
 * Several processes of the program on one port: each serves requests, the first one alone has the scheduler and the consumers.
 * One that ends is started again. What one of them is asked about metrics is answered for all.
 */
export class Processes {
  private readonly metrics = new AggregatorRegistry();
  private readonly workers = new Map<number, Worker>();
  private isStopping = false;

  private constructor(
    private readonly count: number,
    private readonly share: Omit<Share, 'nth'>,
    private readonly graceMs: number,
    private readonly log: Log,
  ) {}

  /** Starts them, the first one first: what is done once is done by it. @throws when one does not get ready */
  static async start(settings: AppSettings, share: Omit<Share, 'nth'>, log: Log): Promise<Processes & Serving> {
    const graceMs = (settings.shutdownGraceSeconds + 3) * 1000;
    const processes = new Processes(settings.processes, share, graceMs, log);
    try {
      const serving = await processes.launch(0);
      await Promise.all(Array.from({ length: processes.count - 1 }, (_, i) => processes.launch(i + 1)));
      return Object.assign(processes, serving);
    } catch (error) {
      await processes.stop();
      throw error;
    }
  }

  /** Has every process finish what it is doing. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await Promise.all(
      [...this.workers.values()].map(
        (worker) =>
          new Promise<void>((resolve) => {
            worker.once('exit', () => resolve());
            worker.process.kill('SIGTERM');
            setTimeout(() => worker.process.kill('SIGKILL'), this.graceMs).unref();
          }),
      ),
    );
  }

  private launch(nth: number): Promise<Serving> {
    const worker = cluster.fork({ [VARIABLE]: JSON.stringify({ ...this.share, nth }) });
    this.workers.set(nth, worker);
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromProcess) => {
        if (message.kind === 'serving') resolve(message);
        else if (message.kind === 'wake') tell(this.workers.get(0), { kind: 'wake' });
        else if (message.kind === 'metrics') void this.answerMetrics(worker, message.id);
      });
      let hasEnded = false;
      const ended = (how: object) => {
        if (hasEnded) return;
        hasEnded = true;
        this.workers.delete(nth);
        reject(new ProcessFailed(`Process ${nth + 1} of ${this.count} did not start (${JSON.stringify(how)}).`));
        if (this.isStopping) return;
        this.log.error({ process: nth + 1, ...how }, 'A process has ended; it is started again');
        setTimeout(() => void this.relaunch(nth), RESTART_MS).unref();
      };
      worker.once('exit', (code, signal) => ended({ code, signal }));
      worker.on('error', (error) => {
        // It could not be started, or what was to be sent to it was too late: then its end is told besides.
        if (worker.process.pid === undefined) ended({ error: error.message });
      });
    });
  }

  private async relaunch(nth: number): Promise<void> {
    if (!this.isStopping) await this.launch(nth).catch(() => undefined);
  }

  private async answerMetrics(worker: Worker, id: number): Promise<void> {
    const text = await this.metrics.clusterMetrics().catch(() => null);
    tell(worker, { kind: 'metrics', id, text });
  }
}

/** One that is just ending hears nothing more. */
function tell(worker: Worker | undefined, message: ToProcess): void {
  if (worker?.isConnected()) worker.send(message, () => undefined);
}
