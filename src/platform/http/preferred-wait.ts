import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressKey } from '#kernel/address-key.js';
import type { Answer } from '#ports/idempotency.js';
import { callerOf } from './access.js';
import { Turns } from './turns.js';
import { Tally } from './tally.js';

const MAX_WAIT_SECONDS = 30;
/** How many requests may wait at once; a further one gets the usual 202. Each costs a read now and then. */
const MAX_WAITING = 500;
/** Of them, those of one API key or user of the shop, of one customer, and of all customers at one address. */
const MAX_OF_CALLER = 250;
const MAX_OF_CUSTOMER = 10;
const MAX_OF_ADDRESS = 50;
const FIRST_LOOK_MS = 15;
const SLOWEST_LOOK_MS = 250;

/** The seconds of `Prefer: wait=N` (RFC 7240, 4.3), at most 30; null when nothing was preferred, or nothing sensible. */
export function preferredWait(header: string | string[] | undefined): number | null {
  for (const preference of [header ?? []].flat().join(',').split(',')) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,6})"?\s*(;.*)?$/i.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), MAX_WAIT_SECONDS);
  }
  return null;
}

function placeOf(request: FastifyRequest) {
  const { id, customerId } = callerOf(request);
  return { caller: `caller:${id}`, address: `address:${addressKey(request.ip)}`, isCustomer: customerId !== null };
}

/** Lets a caller of an operation that answers 202 wait for its outcome instead. */
@Injectable()
export class PreferredWait {
  private waiting = 0;
  private readonly places = new Tally();
  private isOver = false;

  constructor(private readonly turns: Turns) {}

  /**
   * @param accepted the answer without waiting, also when the wait is over first
   * @param look the answer once there is an outcome, null before
   */
  async outcome(
    request: FastifyRequest,
    reply: FastifyReply,
    accepted: Answer,
    look: () => Promise<Answer | null>,
  ): Promise<Answer> {
    const seconds = preferredWait(request.headers['prefer']);
    if (seconds === null || accepted.status !== 202 || !this.enter(request)) return accepted;
    void reply.header('preference-applied', `wait=${seconds}`);
    this.turns.end(request);
    try {
      const outcome = await this.waitFor(request, Date.now() + seconds * 1000, look);
      return outcome ? { ...outcome, ...(accepted.replayed && { replayed: true }) } : accepted;
    } finally {
      this.leave(request);
    }
  }

  /** Takes a place, if the caller and the address have one left: one that waits often keeps no others from it. */
  private enter(request: FastifyRequest): boolean {
    const { caller, address, isCustomer } = placeOf(request);
    const share = isCustomer ? MAX_OF_CUSTOMER : MAX_OF_CALLER;
    if (this.waiting >= MAX_WAITING || this.places.of(caller) >= share) return false;
    if (isCustomer && this.places.of(address) >= MAX_OF_ADDRESS) return false;
    this.waiting++;
    this.places.add(caller);
    if (isCustomer) this.places.add(address);
    return true;
  }

  private leave(request: FastifyRequest): void {
    const { caller, address, isCustomer } = placeOf(request);
    this.waiting--;
    this.places.subtract(caller);
    if (isCustomer) this.places.subtract(address);
  }

  /** How many are waiting. */
  get count(): number {
    return this.waiting;
  }

  /** A server that is stopping lets no request wait. */
  drain(): void {
    this.isOver = true;
  }

  private async waitFor(
    request: FastifyRequest,
    deadline: number,
    look: () => Promise<Answer | null>,
  ): Promise<Answer | null> {
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(pause * 1.5, SLOWEST_LOOK_MS)) {
      const outcome = await look();
      const left = deadline - Date.now();
      if (outcome || left <= 0 || this.isOver || request.socket.destroyed) return outcome;
      await sleep(Math.min(pause, left));
    }
  }
}
