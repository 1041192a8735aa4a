import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { addressKey } from '#kernel/address-key.js';
import { FairQueue } from '../application/fair-queue.js';
import { Passwords, type Turn } from '../application/secrets.js';

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const parameters = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** argon2id: hashing is meant to be slow. Few at a time, so that it does not take the whole machine. */
@Injectable()
export class Argon2Passwords extends Passwords implements OnModuleInit {
  private readonly queues = { login: new FairQueue(2, 64), registration: new FairQueue(1, 32) };
  /** A hash of an unknown text, to spend time on when there is no user. */
  private dummy = '';

  async onModuleInit(): Promise<void> {
    this.dummy = await hash(crypto.randomUUID(), parameters);
  }

  override hash(password: string, { queue, address }: Turn): Promise<string> {
    return this.queues[queue].run(addressKey(address), () => hash(password.normalize('NFC'), parameters));
  }

  override async verify(stored: string | null, password: string, { queue, address }: Turn): Promise<boolean> {
    const isRight = await this.queues[queue].run(addressKey(address), () =>
      verify(stored ?? this.dummy, password.normalize('NFC')),
    );
    return isRight && stored !== null;
  }

  override isOutdated(stored: string): boolean {
    const [, m, t, p] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(stored) ?? [];
    return (
      !m || Number(m) < parameters.memoryCost || Number(t) < parameters.timeCost || Number(p) < parameters.parallelism
    );
  }
}
