import { availableParallelism } from 'node:os';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Algorithm } from '@node-rs/argon2';
import { addressKey } from '#kernel/address-key.js';
import { FairQueue } from '#kernel/fair-queue.js';
import { Passwords, type Turn } from '../application/secrets.js';
import { HashingThread } from './hashing-thread.js';

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const parameters = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Hashes at once: half of the processors. */
const AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2));

/**
 * argon2id: hashing is meant to be slow. Logins and registrations wait in lines of their own, by turns of the addresses, and
 * take turns with each other.
 */
@Injectable()
export class Argon2Passwords extends Passwords implements OnModuleInit, OnApplicationShutdown {
  private readonly lines = { login: new FairQueue(AT_ONCE, 64), registration: new FairQueue(AT_ONCE, 32) };
  private readonly processors = new FairQueue(AT_ONCE, 2 * AT_ONCE);
  private readonly threads = Array.from({ length: AT_ONCE }, () => new HashingThread());
  private turn = 0;
  /** A hash of an unknown text, to spend time on when there is no user. */
  private dummy = '';

  async onModuleInit(): Promise<void> {
    this.dummy = await this.thread.hash(crypto.randomUUID(), parameters);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()));
  }

  override hash(password: string, { queue, address }: Turn): Promise<string> {
    return this.inTurn({ queue, address }, () => this.thread.hash(password.normalize('NFC'), parameters));
  }

  override async verify(stored: string | null, password: string, { queue, address }: Turn): Promise<boolean> {
    const isRight = await this.inTurn({ queue, address }, () =>
      this.thread.verify(stored ?? this.dummy, password.normalize('NFC')),
    );
    return isRight && stored !== null;
  }

  private get thread(): HashingThread {
    return this.threads[this.turn++ % AT_ONCE]!;
  }

  private inTurn<T>({ queue, address }: Turn, work: () => Promise<T>): Promise<T> {
    return this.lines[queue].run(addressKey(address), () => this.processors.run(queue, work));
  }

  override isOutdated(stored: string): boolean {
    const [, m, t, p] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(stored) ?? [];
    return (
      !m || Number(m) < parameters.memoryCost || Number(t) < parameters.timeCost || Number(p) < parameters.parallelism
    );
  }
}
