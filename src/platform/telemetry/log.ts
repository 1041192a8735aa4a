import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Settings } from '../settings/settings.js';

/** The members an error may show in the log. An allow list: query values, headers and bodies never pass. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error).slice(0, 500) };
  const { code, constraint } = error as { code?: string; constraint?: string };
  const described: Record<string, unknown> = {
    type: error.constructor.name,
    message: error.message.slice(0, 500),
    code,
    constraint,
    stack: error.stack,
  };
  if (error.cause) described['cause'] = describeError(error.cause);
  return described;
}

export type LogLine = Record<string, unknown>;

/** JSON lines, or readable text on a terminal. Lines are written in small groups and flushed at exit. */
export class Log {
  private constructor(private readonly logger: Logger) {}

  static create({ logLevel }: Pick<Settings, 'logLevel'>): Log {
    const options = {
      level: logLevel,
      serializers: { err: describeError },
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
    };
    if (process.stdout.isTTY)
      return new Log(pino(options, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })));
    const destination = pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 250 });
    process.once('exit', () => {
      try {
        destination.flushSync();
      } catch {
        // standard output was closed by its reader
      }
    });
    return new Log(pino(options, destination));
  }

  info(line: LogLine, message: string): void {
    this.logger.info(line, message);
  }
  warn(line: LogLine, message: string): void {
    this.logger.warn(line, message);
  }
  error(line: LogLine, message: string): void {
    this.logger.error(line, message);
  }
  debug(line: LogLine, message: string): void {
    this.logger.debug(line, message);
  }

  /** For Nest's own messages: its chatter is debug, its faults stay faults. */
  forNest(): LoggerService {
    const text = (message: unknown) =>
      message instanceof Error ? message.message : typeof message === 'string' ? message : JSON.stringify(message);
    return {
      log: (message: unknown) => this.logger.debug({}, text(message)),
      debug: (message: unknown) => this.logger.trace({}, text(message)),
      verbose: (message: unknown) => this.logger.trace({}, text(message)),
      warn: (message: unknown) => this.logger.warn({}, text(message)),
      error: (message: unknown) => this.logger.error({ err: message }, text(message)),
      fatal: (message: unknown) => this.logger.fatal({ err: message }, text(message)),
    };
  }
}
