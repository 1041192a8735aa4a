import type { DataSource } from 'typeorm';
import { describe, expect, it } from '@jest/globals';
import { OpenTransaction } from '#platform/database/open-transaction.js';
import { statement } from '#platform/database/statement.js';
import type { GatheredWrite } from '#platform/database/gathered-writes.js';

const write: GatheredWrite<string> = {
  rank: 1,
  statement: (items) => [{ name: 'w', text: `INSERT ${items.join()}` }, []],
};

/** A connection that notes what is sent over it. @param failing the statement that fails */
function connection(failing: string | null, command = 'COMMIT') {
  const sent: string[] = [];
  const released: boolean[] = [];
  const client = {
    query: async ({ text }: { text: string }) => {
      sent.push(text);
      if (text === failing) throw new Error(`${text} was refused`);
      return { rows: [], rowCount: 0, command: text === 'COMMIT' ? command : text };
    },
    cork: () => undefined,
    release: (isBroken: boolean) => released.push(isBroken),
  };
  return { sent, released, transaction: new OpenTransaction(client as never, {} as DataSource) };
}

describe('an open transaction', () => {
  const work = (transaction: OpenTransaction) => async () => {
    await transaction.connection.query({ text: 'SELECT 1' });
    transaction.gathered.add(write, 'a');
    transaction.gathered.add(write, 'b');
    return 'done';
  };

  it('sends what was gathered with COMMIT', async () => {
    const { sent, released, transaction } = connection(null);
    expect(await transaction.run(work(transaction), true)).toBe('done');
    expect(sent).toEqual(['BEGIN', 'SELECT 1', 'INSERT a,b', 'COMMIT']);
    expect(released).toEqual([false]);
  });

  it('sends what was gathered before whatever is asked next', async () => {
    const { sent, transaction } = connection(null);
    await transaction.run(async () => {
      transaction.gathered.add(write, 'a');
      await transaction.connection.query({ text: 'SELECT 2' });
      transaction.gathered.add(write, 'b');
    }, false);
    expect(sent).toEqual(['BEGIN', 'INSERT a', 'SELECT 2', 'INSERT b', 'COMMIT']);
  });

  it('writes nothing when it could not begin, even where that was not waited for', async () => {
    const { sent, released, transaction } = connection('BEGIN');
    const failed = transaction.run(async () => {
      await work(transaction)();
      await transaction.connection.query({ text: 'SELECT 2' });
    }, true);
    await expect(failed).rejects.toThrow('BEGIN was refused');
    expect(sent).toEqual(['BEGIN', 'SELECT 1']);
    expect(released).toEqual([true]);
  });

  it('throws what a gathered write has failed of, and drops the rest', async () => {
    const { sent, transaction } = connection('INSERT a,b', 'ROLLBACK');
    await expect(transaction.run(work(transaction), true)).rejects.toThrow('INSERT a,b was refused');
    expect(sent).toEqual(['BEGIN', 'SELECT 1', 'INSERT a,b', 'COMMIT', 'ROLLBACK']);
  });

  it('drops what was gathered when the work fails', async () => {
    const { sent, transaction } = connection(null);
    const failed = transaction.run(async () => {
      transaction.gathered.add(write, 'a');
      throw new Error('no');
    }, false);
    await expect(failed).rejects.toThrow('no');
    expect(sent).toEqual(['BEGIN', 'ROLLBACK']);
  });

  it('is no success when the driver would not send a gathered write, whatever the server answers', async () => {
    const { sent, transaction } = connection('INSERT a,b');
    await expect(transaction.run(work(transaction), true)).rejects.toThrow('INSERT a,b was refused');
    expect(sent).toContain('COMMIT');
  });
});

describe('statements', () => {
  it('have names of their own', () => {
    const made = statement('test.named', 'SELECT 1');
    expect(statement('test.named', 'SELECT 1')).toEqual(made);
    expect(() => statement('test.named', 'SELECT 2')).toThrow('Two statements are named test.named');
  });
});
