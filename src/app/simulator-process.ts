import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from '#platform/settings/child-environment.js';
import type { Log } from '#platform/telemetry/log.js';
import type { AppSettings } from './settings.js';

const program = fileURLToPath(new URL('../../tools/simulator/main.js', import.meta.url));

/**
 * The payment simulator as a child process with its own state. It ends with this program, however that ends: it watches
 * the channel between them. When it dies alone it is started again on the same port.
 */
export class SimulatorProcess {
  private child: ChildProcess | null = null;
  private stopping = false;
  private webhookUrl: string | null = null;

  private constructor(
    private readonly settings: AppSettings,
    private readonly log: Log,
    private port: number,
  ) {}

  static async start(settings: AppSettings, log: Log): Promise<SimulatorProcess> {
    const simulator = new SimulatorProcess(settings, log, 0);
    await simulator.launch();
    return simulator;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where the simulator sends its webhooks; known once the program listens. */
  sendWebhooksTo(url: string): void {
    this.webhookUrl = url;
    this.child?.send({ webhookUrl: url });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await gone;
    clearTimeout(timer);
  }

  private launch(): Promise<void> {
    const { dataDir, simulatorDelayMs, simulatorSeed, stripeWebhookSecrets } = this.settings;
    const child = spawn(process.execPath, [program, '--quiet'], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true, // Ctrl-C reaches only this program, which stops the simulator when it has drained
      env: {
        ...childEnvironment(),
        SIMULATOR_PORT: String(this.port),
        SIMULATOR_STATE: join(dataDir, 'simulator.jsonl'),
        SIMULATOR_DELAY_MS: String(simulatorDelayMs),
        SIMULATOR_SEED: simulatorSeed,
        STRIPE_WEBHOOK_SECRET: stripeWebhookSecrets[0] ?? '',
        ...(this.webhookUrl && { SIMULATOR_WEBHOOK_URL: this.webhookUrl }),
      },
    });
    this.child = child;
    return new Promise((resolve, reject) => {
      child.once('message', (message) => {
        this.port = (message as { port: number }).port;
        resolve();
      });
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`The payment simulator did not start (exit code ${code}).`));
        if (this.stopping) return;
        this.log.warn({ code }, 'The payment simulator has ended; it is started again');
        setTimeout(() => void this.relaunch(), 500).unref();
      });
    });
  }

  private async relaunch(): Promise<void> {
    if (!this.stopping) await this.launch().catch(() => undefined);
  }
}
