import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '#kernel/errors.js';
import { FairQueue } from '#kernel/fair-queue.js';

/** Work that ends when it is told to, in the order in which it began. */
function worker(queue: FairQueue) {
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (address: string) =>
    queue.run(address, () => {
      began.push(address);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const finishOne = async () => {
    ends.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { began, ask, finishOne };
}

describe('a fair queue', () => {
  it('works by turns of the addresses', async () => {
    const { began, ask, finishOne } = worker(new FairQueue(1, 10));
    const asked = ['a', 'a', 'a', 'a', 'b', 'c'].map(ask);
    for (let i = 0; i < 6; i++) await finishOne();
    await Promise.all(asked);
    expect(began).toEqual(['a', 'a', 'b', 'c', 'a', 'a']);
  });

  it('takes a place from the address that waits for the most when it is full', async () => {
    const { began, ask, finishOne } = worker(new FairQueue(1, 4));
    const attacker = Array.from({ length: 5 }, () => ask('attacker').catch((error: unknown) => error));
    await expect(ask('attacker')).rejects.toBeInstanceOf(Unavailable);
    const merchant = ask('merchant');
    for (let i = 0; i < 5; i++) await finishOne();
    await merchant;
    expect(began).toEqual(['attacker', 'attacker', 'merchant', 'attacker', 'attacker']);
    expect((await Promise.all(attacker)).filter((answer) => answer instanceof Unavailable)).toHaveLength(1);
  });

  it('hands on the turn of work that fails', async () => {
    const queue = new FairQueue(1, 4);
    await expect(queue.run('a', () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(queue.run('a', async () => 'done')).resolves.toBe('done');
  });
});
