import { describe, expect, it } from '@jest/globals';
import { GatheredWrites, HasWritten, type GatheredWrite } from '#platform/database/gathered-writes.js';

const kind = (name: string, rank: number, more: Partial<GatheredWrite<string>> = {}): GatheredWrite<string> => ({
  rank,
  statement: (items) => [{ name, text: name }, [...items]],
  ...more,
});

const sent = (gathered: GatheredWrites) => gathered.drain().map(([{ name }, values]) => [name, ...values]);

describe('what a transaction gathers', () => {
  const parents = kind('parents', 1);
  const children = kind('children', 2);

  it('leaves kind by kind, parents first, in the order in which it was gathered', () => {
    const gathered = new GatheredWrites();
    gathered.add(children, 'a');
    gathered.add(parents, 'b');
    gathered.add(children, 'a');
    expect(sent(gathered)).toEqual([
      ['parents', 'b'],
      ['children', 'a', 'a'],
    ]);
    expect(sent(gathered)).toEqual([]);
  });

  it('is written once for each key, as it was last', () => {
    const keyed = kind('keyed', 1, {
      keyOf: (item) => item[0]!,
      replace: (earlier, later) => `${earlier}>${later}`,
    });
    const gathered = new GatheredWrites();
    for (const item of ['a1', 'b1', 'a2']) gathered.add(keyed, item);
    expect(sent(gathered)).toEqual([['keyed', 'a1>a2', 'b1']]);
    gathered.add(keyed, 'a3');
    expect(sent(gathered)).toEqual([['keyed', 'a3']]);
  });

  it('is dropped with the work that is refused, and nothing else is', async () => {
    const gathered = new GatheredWrites();
    gathered.add(parents, 'kept');
    const { view } = gathered;
    await gathered.attempt(
      async () => gathered.add(parents, 'sure'),
      () => true,
    );
    expect(gathered.view).toBe(view);
    const refusal = new Error('no');
    const refused = gathered.attempt(
      async () => {
        gathered.add(children, 'dropped');
        throw refusal;
      },
      () => true,
    );
    await expect(refused).rejects.toBe(refusal);
    expect(sent(gathered)).toEqual([['parents', 'kept', 'sure']]);
    // What was read ahead may have followed from what was dropped.
    expect(gathered.view).not.toBe(view);
  });

  it('says when work is refused after something of it has left', async () => {
    const gathered = new GatheredWrites();
    gathered.add(parents, 'of another');
    const harmless = gathered.attempt(
      async () => {
        gathered.drain();
        throw new Error('no');
      },
      () => true,
    );
    await expect(harmless).rejects.toThrow('no');
    const late = gathered.attempt(
      async () => {
        gathered.add(children, 'left');
        gathered.drain();
        throw new Error('no');
      },
      () => true,
    );
    await expect(late).rejects.toBeInstanceOf(HasWritten);
    const written = gathered.attempt(
      async () => {
        gathered.noteWrite();
        throw new Error('no');
      },
      () => true,
    );
    await expect(written).rejects.toBeInstanceOf(HasWritten);
    // What is no refusal stays what it is, such as a deadlock, which is tried again.
    const fault = new Error('deadlock');
    const faulty = gathered.attempt(
      async () => {
        gathered.noteWrite();
        throw fault;
      },
      () => false,
    );
    await expect(faulty).rejects.toBe(fault);
  });

  it('takes the later of two with one key also when they are of different work', async () => {
    const keyed = kind('keyed', 1, { keyOf: (item) => item[0]!, replace: (earlier, later) => `${earlier}>${later}` });
    const gathered = new GatheredWrites();
    gathered.add(keyed, 'a1');
    await gathered.attempt(
      async () => gathered.add(keyed, 'a2'),
      () => true,
    );
    await gathered
      .attempt(
        async () => {
          gathered.add(keyed, 'a3');
          throw new Error('no');
        },
        () => true,
      )
      .catch(() => undefined);
    expect(sent(gathered)).toEqual([['keyed', 'a1>a2']]);
  });
});
