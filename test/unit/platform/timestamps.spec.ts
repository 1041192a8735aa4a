import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from '@jest/globals';
import { readTimestamp } from '#platform/database/timestamps.js';

const readByPg = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date;
const asPostgresWrites = (date: Date, fraction: string) =>
  `${date.toISOString().slice(0, 19).replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`}+00`;

describe('timestamps as PostgreSQL writes them', () => {
  it('are read as the driver reads them', () => {
    const date = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    const fraction = fc.stringMatching(/^[0-9]{0,6}$/);
    fc.assert(
      fc.property(date, fraction, (at, digits) => {
        const text = asPostgresWrites(at, digits);
        expect(readTimestamp(text)).toEqual(readByPg(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['with another offset', '2026-11-30 18:25:31.5+02'],
    ['before Christ', '0044-03-15 12:00:00+00 BC'],
    ['beyond the year 9999', '12026-11-30 18:25:31+00'],
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
    ['of the first century', '0050-01-01 00:00:00+00'],
  ])('are left to the driver when they are %s', (_, text) => {
    expect(readTimestamp(text)).toBeNull();
  });
});
