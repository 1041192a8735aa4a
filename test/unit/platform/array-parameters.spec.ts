import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import * as arrays from '#platform/database/array-parameters.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

/** PostgreSQL reads what is sent, and sends back what it has read as text. */
describe('array parameters', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const echo = async (type: string, parameter: Buffer, as = type) => {
    const { rows } = await client.query<{ value: unknown[] }>({
      name: `echo-${type}-${as}`,
      text: `SELECT ARRAY(SELECT v::${as} FROM unnest($1::${type}[]) WITH ORDINALITY AS u (v, nth) ORDER BY nth) AS value`,
      values: [parameter],
    });
    return rows[0]!.value;
  };
  const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(fc.option(arbitrary), { maxLength: 20 });
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
  const check = <T>(arbitrary: fc.Arbitrary<T[]>, come: (sent: T[]) => Promise<void>) =>
    fc.assert(fc.asyncProperty(arbitrary, come), { numRuns: 60 });

  it('of ids', () =>
    check(orNull(fc.uuid()), async (sent) => expect(await echo('uuid', arrays.uuids(sent), 'text')).toEqual(sent)));
  it('of ids in capitals or without hyphens', async () => {
    const id = '01939D00-ABCD-7000-8000-00000000FFFF';
    expect(await echo('uuid', arrays.uuids([id, id.replaceAll('-', '')]), 'text')).toEqual([
      id.toLowerCase(),
      id.toLowerCase(),
    ]);
  });
  it('of texts', () =>
    check(orNull(text), async (sent) => expect(await echo('text', arrays.texts(sent))).toEqual(sent)));
  it('of JSON', () =>
    check(orNull(fc.json()), async (sent) => expect(await echo('json', arrays.jsons(sent), 'text')).toEqual(sent)));
  it('of safe integers', () =>
    check(orNull(fc.maxSafeInteger()), async (sent) =>
      expect(await echo('int8', arrays.int8s(sent), 'text')).toEqual(
        sent.map((one) => (one === null ? null : String(one))),
      ),
    ));
  it('of greater ones', () =>
    check(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), async (sent) =>
      expect(await echo('int8', arrays.bigints(sent), 'text')).toEqual(sent.map(String)),
    ));
  it('of small ones', async () => {
    await check(orNull(fc.integer()), async (sent) => expect(await echo('int4', arrays.int4s(sent))).toEqual(sent));
    await check(orNull(fc.integer({ min: -32768, max: 32767 })), async (sent) =>
      expect(await echo('int2', arrays.int2s(sent), 'int4')).toEqual(sent),
    );
  });
  it('of truth values', () =>
    check(orNull(fc.boolean()), async (sent) => expect(await echo('bool', arrays.booleans(sent))).toEqual(sent)));
  it('of fractions', () =>
    check(orNull(fc.double({ noDefaultInfinity: true, noNaN: true })), async (sent) =>
      expect(await echo('float8', arrays.float8s(sent))).toEqual(sent),
    ));
  it('of times, to the millisecond', () =>
    check(
      orNull(fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })),
      async (sent) => expect(await echo('timestamptz', arrays.timestamps(sent))).toEqual(sent),
    ));
  it('of bytes', () =>
    check(orNull(fc.uint8Array()), async (sent) =>
      expect(await echo('bytea', arrays.byteas(sent), 'text')).toEqual(
        sent.map((one) => one && `\\x${Buffer.from(one).toString('hex')}`),
      ),
    ));
});
