import { constants } from 'node:os';
import { messageOf } from './message-of.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal and npm both hand on one Ctrl-C; what comes this soon after the first is the same request, not impatience. */
const SAME_REQUEST_MS = 1_000;

const never = () => new Promise<never>(() => undefined);

/**
 * What a command has started and must stop, last first, however it ends. A signal stops it all and ends the process. A second
 * signal, later, ends it at once.
 */
export class Lifetime {
  private readonly undos: (() => unknown)[] = [];
  private ending: Promise<void> | null = null;
  private askedAt: number | null = null;

  private constructor(private readonly isServer: boolean) {
    for (const signal of signals) process.on(signal, () => this.asked(signal));
  }

  /** Runs until it is asked to end, and then ends with 0. */
  static ofServer(): Lifetime {
    return new Lifetime(true);
  }

  /** Has work to finish: when it is interrupted it ends as the signal alone would have ended it (130, 143). */
  static ofJob(): Lifetime {
    return new Lifetime(false);
  }

  get isEnding(): boolean {
    return this.ending !== null;
  }

  onEnd(undo: () => unknown): void {
    this.undos.push(undo);
  }

  /**
   * Starts something that must be stopped, also when the end comes while it is starting. Once the end has come it does not
   * return: the caller would go on with something that is stopped.
   */
  async start<T>(start: () => T | Promise<T>, stop: (started: T) => unknown): Promise<T> {
    if (this.isEnding) return never();
    const starting = Promise.resolve(start());
    this.onEnd(() => starting.then(stop, () => undefined));
    const started = await starting;
    return this.isEnding ? never() : started;
  }

  /** Stops everything, also when something cannot be stopped. @throws the first failure */
  end(): Promise<void> {
    this.ending ??= this.undoAll();
    return this.ending;
  }

  /** Stops everything and ends the process with this code, or with 1 when something could not be stopped. */
  async exit(code: number): Promise<void> {
    const awake = setInterval(() => undefined, SAME_REQUEST_MS); // it must not end before everything is stopped
    const result = await this.end().then(
      () => code,
      (error: unknown) => say({ text: 'It did not stop cleanly', code: 1 }, error),
    );
    clearInterval(awake);
    process.stdout.write('', () => process.exit(result)); // after everything that was written before
  }

  private async undoAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let undo = this.undos.pop(); undo; undo = this.undos.pop()) {
      try {
        await undo();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  private asked(signal: (typeof signals)[number]): void {
    const isSameRequest = this.askedAt !== null && Date.now() - this.askedAt < SAME_REQUEST_MS;
    const isFirst = this.askedAt === null;
    this.askedAt = Date.now();
    if (isSameRequest) return;
    const interrupted = 128 + constants.signals[signal];
    if (!isFirst) process.exit(interrupted);
    // Work that is cut short fails in many places; the exit code says already that it was.
    if (!this.isServer)
      for (const event of ['uncaughtException', 'rejectionHandled']) process.on(event, () => undefined);
    void this.exit(this.isServer ? 0 : interrupted);
  }
}

interface Failure {
  /** What is said when it throws, before the reason. */
  readonly text: string;
  readonly code: number;
}

function say({ text, code }: Failure, error: unknown): number {
  process.stderr.write(`${text}: ${messageOf(error)}\n`);
  return code;
}

/** Runs a job to its end and ends the process with the code that it returns. */
export async function runJob(failure: Failure, run: (lifetime: Lifetime) => Promise<number>): Promise<void> {
  const lifetime = Lifetime.ofJob();
  let code = failure.code;
  try {
    code = await run(lifetime);
  } catch (error) {
    // Interrupted, it fails because of that, and says nothing more.
    if (!lifetime.isEnding) say(failure, error);
  }
  if (!lifetime.isEnding) await lifetime.exit(code);
}

/** Starts a server, which runs until it is asked to end. */
export async function runServer(failure: Failure, start: (lifetime: Lifetime) => Promise<void>): Promise<void> {
  const lifetime = Lifetime.ofServer();
  try {
    await start(lifetime);
  } catch (error) {
    if (!lifetime.isEnding) await lifetime.exit(say(failure, error));
  }
}
