import { Injectable } from '@nestjs/common';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { Unavailable } from '#kernel/errors.js';
import { Passwords } from '../application/secrets.js';

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const parameters = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const AT_ONCE = 2;
const MAX_WAITING = 64;

/** argon2id, two at a time: hashing is meant to be slow, and must not take the whole machine. */
@Injectable()
export class Argon2Passwords extends Passwords {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  /** A hash of an unknown text, to spend time on when there is no user. */
  private dummy: Promise<string> | null = null;

  override hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password.normalize('NFC'), parameters));
  }

  override async verify(stored: string | null, password: string): Promise<boolean> {
    this.dummy ??= this.hash(crypto.randomUUID());
    const against = stored ?? (await this.dummy);
    const isRight = await this.inTurn(() => verify(against, password.normalize('NFC')));
    return isRight && stored !== null;
  }

  override isOutdated(stored: string): boolean {
    const [, m, t, p] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(stored) ?? [];
    return (
      !m || Number(m) < parameters.memoryCost || Number(t) < parameters.timeCost || Number(p) < parameters.parallelism
    );
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= MAX_WAITING) throw new Unavailable('Too many logins at once.', 2);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running++;
    }
    try {
      return await work();
    } finally {
      // The turn is handed on, so that no later request can take it.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
