import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { scopes, type Caller } from '#kernel/caller.js';

/** The one key that opens everything in the embedded demo; null where there is none. */
export class DemoKey {
  constructor(readonly value: string | null) {}
}

/** Finds out who a credential belongs to. */
@Injectable()
export class Callers {
  private readonly demo: { hash: Buffer; caller: Caller } | null;

  constructor(demoKey: DemoKey) {
    this.demo = demoKey.value === null ? null : { hash: hash(demoKey.value), caller: { id: 'key:demo', scopes: new Set(scopes), customerId: null } };
  }

  find(credential: string): Caller | null {
    return this.demo && timingSafeEqual(hash(credential), this.demo.hash) ? this.demo.caller : null;
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
