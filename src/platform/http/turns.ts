import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressKey } from '#kernel/address-key.js';
import { FairQueue } from '#kernel/fair-queue.js';

/** Requests that are served at once, by kind; so many more wait for their turn. */
const AT_ONCE = { strangersRead: 2, customersRead: 2, customersWrite: 4 };
const MAX_WAITING = 128;
/** A turn ends then at the latest: a receiver that is slow to take a long answer holds up no others. */
const LONGEST_MS = 2_000;

export type TurnKind = keyof typeof AT_ONCE;

/**
 * What strangers and customers ask for is served a few at a time, by turns of their addresses, so that many who ask at once
 * leave the database and the processors to what merchants do. API keys and staff do not wait.
 */
@Injectable()
export class Turns {
  private readonly lines: Readonly<Record<TurnKind, FairQueue>> = {
    strangersRead: new FairQueue(AT_ONCE.strangersRead, MAX_WAITING),
    customersRead: new FairQueue(AT_ONCE.customersRead, MAX_WAITING),
    customersWrite: new FairQueue(AT_ONCE.customersWrite, MAX_WAITING),
  };
  private readonly taken = new WeakMap<FastifyRequest, () => void>();

  /** Resolves when it is the request's turn, which lasts until its answer is made. @throws Unavailable when too many wait */
  take(kind: TurnKind, request: FastifyRequest, { raw }: FastifyReply): Promise<void> {
    return new Promise((resolve, reject) => {
      const served = () =>
        new Promise<void>((done) => {
          if (raw.destroyed) return done();
          const timer = setTimeout(done, LONGEST_MS);
          const end = () => {
            clearTimeout(timer);
            done();
          };
          this.taken.set(request, end);
          raw.once('prefinish', end).once('close', end);
          resolve();
        });
      this.lines[kind].run(addressKey(request.ip), served).catch(reject);
    });
  }

  /** Gives the turn back early: the request only waits from now on. */
  end(request: FastifyRequest): void {
    this.taken.get(request)?.();
  }
}
