import { describe, expect, it } from '@jest/globals';
import { Busy, Unavailable } from '#kernel/errors.js';
import { GroupCommit } from '#kernel/group-commit.js';

const later = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('group commit', () => {
  const group = (commit: (batch: readonly number[], afterAbort: boolean) => Promise<readonly string[]>, more = {}) =>
    new GroupCommit<number, string>({ commit, maxBatch: 4, lanes: 1, maxWaiting: 100, maxSingleTries: 2, ...more });

  it('is a batch of one for a lone caller, and batches what gathers meanwhile', async () => {
    const batches: number[][] = [];
    const queue = group(async (batch) => {
      batches.push([...batch]);
      await later();
      return batch.map(String);
    });
    const first = queue.submit(0);
    await Promise.resolve();
    const rest = [1, 2, 3, 4, 5].map((n) => queue.submit(n));
    expect(await Promise.all([first, ...rest])).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(batches).toEqual([[0], [1, 2, 3, 4], [5]]);
  });

  it('runs no more lanes than it has', async () => {
    let running = 0;
    let most = 0;
    const queue = group(
      async (batch) => {
        most = Math.max(most, ++running);
        await later();
        running--;
        return batch.map(String);
      },
      { lanes: 2, maxBatch: 1 },
    );
    await Promise.all(Array.from({ length: 20 }, (_, n) => queue.submit(n)));
    expect(most).toBe(2);
  });

  describe('with a spare lane', () => {
    const spare = { lanes: 2, maxBatch: 4 };
    /** Longer than any of these tests takes. */
    const never = 60_000;
    /** Commits when it is told to. */
    const held = (spareLaneAfterMs: number) => {
      const batches: { items: readonly number[]; go(): void }[] = [];
      const queue = group(
        (batch) => new Promise((resolve) => batches.push({ items: batch, go: () => resolve(batch.map(String)) })),
        {
          ...spare,
          spareLaneAfterMs,
        },
      );
      return { queue, batches };
    };
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

    it('waits for the lane that is at work, which takes what has gathered', async () => {
      const { queue, batches } = held(never);
      const all = [queue.submit(0)];
      await later();
      all.push(queue.submit(1), queue.submit(2));
      await later();
      expect(batches.map(({ items }) => items)).toEqual([[0]]);
      batches[0]!.go();
      await later();
      expect(batches.map(({ items }) => items)).toEqual([[0], [1, 2]]);
      batches[1]!.go();
      expect(await Promise.all(all)).toEqual(['0', '1', '2']);
    });

    it('opens it for a whole batch, and closes it afterwards', async () => {
      const { queue, batches } = held(never);
      const all = [queue.submit(0)];
      await later();
      all.push(...[1, 2, 3, 4].map((n) => queue.submit(n)));
      await later();
      expect(batches.map(({ items }) => items)).toEqual([[0], [1, 2, 3, 4]]);
      all.push(queue.submit(5));
      batches[1]!.go();
      await later();
      expect(batches).toHaveLength(2); // the first lane will take it
      batches[0]!.go();
      await later();
      batches[2]!.go();
      expect(await Promise.all(all)).toHaveLength(6);
    });

    it('opens it when the first is held up, and keeps it as long as that is so', async () => {
      const { queue, batches } = held(20);
      const all = [queue.submit(0)];
      await later();
      all.push(queue.submit(1));
      await wait(60);
      expect(batches.map(({ items }) => items)).toEqual([[0], [1]]);
      all.push(queue.submit(2));
      batches[1]!.go();
      await later();
      expect(batches.map(({ items }) => items)).toEqual([[0], [1], [2]]);
      batches[2]!.go();
      batches[0]!.go();
      expect(await Promise.all(all)).toEqual(['0', '1', '2']);
    });
  });

  it('fails the one that is at fault and none of its neighbours', async () => {
    const queue = group(async (batch) => {
      if (batch.includes(2)) throw new Error('poison');
      return batch.map(String);
    });
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map((n) => queue.submit(n)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('tries a batch once more when the database went away, and then says so to all', async () => {
    let calls = 0;
    const flaky = group(async (batch) => {
      if (++calls === 1) throw new Unavailable('gone');
      return batch.map(String);
    });
    expect(await Promise.all([flaky.submit(1), flaky.submit(2)])).toEqual(['1', '2']);
    calls = 0;
    const down = group(async () => {
      calls++;
      throw new Unavailable('gone');
    });
    const outcomes = await Promise.allSettled([0, 1, 2].map((n) => down.submit(n)));
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
    expect(calls).toBe(2);
  });

  it('does not repeat what may not be repeated when its outcome is unknown, in a batch or alone', async () => {
    const batches: number[][] = [];
    const gone = new Unavailable('gone');
    const queue = group(
      async (batch) => {
        batches.push([...batch]);
        if (batches.length === 1) throw gone;
        return batch.map(String);
      },
      { mayRepeat: (item: number) => item % 2 === 0 },
    );
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((n) => queue.submit(n)));
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason))).toEqual([
      gone,
      '2',
      gone,
      '4',
    ]);
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [2, 4],
    ]);
    const single: number[][] = [];
    const alone = group(
      async (batch) => {
        single.push([...batch]);
        throw batch.length > 1 ? new Error('one of them is bad') : gone;
      },
      { mayRepeat: (item: number) => item % 2 === 0 },
    );
    await Promise.allSettled([1, 2].map((n) => alone.submit(n)));
    expect(single).toEqual([[1, 2], [1], [2], [2]]);
  });

  it('lets who waits for a held row wait once more, and briefly', async () => {
    const calls: (readonly number[])[] = [];
    const queue = group(async (batch, afterAbort) => {
      calls.push([...batch]);
      expect(afterAbort).toBe(calls.length > 1);
      if (batch.includes(1)) throw new Busy();
      return batch.map(String);
    });
    const outcomes = await Promise.allSettled([0, 1].map((n) => queue.submit(n)));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected']);
    expect(calls).toEqual([[0, 1], [0], [1]]);
  });

  it('turns away who would wait too long, and drains when it is stopped', async () => {
    const queue = group(
      async (batch) => {
        await later();
        return batch.map(String);
      },
      { maxWaiting: 3 },
    );
    const outcomes = Array.from({ length: 10 }, (_, n) => queue.submit(n).catch((error: Error) => error.message));
    const stopped = queue.stop();
    await expect(queue.submit(99)).rejects.toThrow('shutting down');
    await stopped;
    const texts = await Promise.all(outcomes);
    expect(texts.filter((text) => /^\d$/.test(text))).toHaveLength(3);
    expect(texts.filter((text) => text.includes('Too many'))).toHaveLength(7);
  });
});
