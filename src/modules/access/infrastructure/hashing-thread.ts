import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Options } from '@node-rs/argon2';

/** Of the thread, where each thread has a priority of its own (Linux): hashing gets what nothing else wants. */
const NICENESS = 10;

/** Evaluated as it stands, so that it needs no file of its own; the library is found from here, wherever the program was started. */
const code = `
  const { parentPort, workerData } = require('node:worker_threads');
  if (process.platform === 'linux') require('node:os').setPriority(workerData.niceness);
  const argon2 = require(workerData.argon2);
  parentPort.on('message', ({ id, call, args }) => {
    try {
      parentPort.postMessage({ id, result: argon2[call](...args) });
    } catch (error) {
      parentPort.postMessage({ id, error: String(error) });
    }
  });`;

type Answer = { readonly id: number; readonly result?: string | boolean; readonly error?: string };

/**
 * A thread that hashes passwords, one after another, at a low priority: a hash takes a processor for 20 ms and more, and
 * logins must not slow down payments. Made when the first hash is wanted; it does not keep the program alive.
 */
export class HashingThread {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>();
  private next = 0;

  hash(text: string, options: Options): Promise<string> {
    return this.ask('hashSync', [text, options]);
  }

  verify(hash: string, text: string): Promise<boolean> {
    return this.ask('verifySync', [hash, text]);
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
  }

  private ask<Result>(call: 'hashSync' | 'verifySync', args: unknown[]): Promise<Result> {
    this.worker ??= this.start();
    const id = this.next++;
    this.worker.ref();
    this.worker.postMessage({ id, call, args });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private start(): Worker {
    const argon2 = createRequire(import.meta.url).resolve('@node-rs/argon2');
    const worker = new Worker(code, { eval: true, workerData: { argon2, niceness: NICENESS } });
    worker.on('message', ({ id, result, error }: Answer) => {
      const asked = this.waiting.get(id)!;
      this.waiting.delete(id);
      if (this.waiting.size === 0) worker.unref();
      if (error === undefined) asked.resolve(result as never);
      else asked.reject(new Error(error));
    });
    // The exit follows an error, too. The next thread must not be there before it.
    let reason = new Error('The hashing thread has ended');
    worker.once('error', (error) => (reason = error));
    worker.once('exit', () => this.ended(reason));
    return worker;
  }

  /** The next hash starts another. */
  private ended(error: Error): void {
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
