import { beforeEach, describe, expect, it } from '@jest/globals';
import { LowWaterMarks, type Place } from '#platform/outbox/low-water-marks.js';

const BEGINNING: Place = { dueAt: 0, id: 0 };
const at = (dueAt: number, id = 1): Place => ({ dueAt, id });

describe('where a look into a queue begins', () => {
  let now: number;
  let marks: LowWaterMarks;
  beforeEach(() => {
    now = 0;
    marks = new LowWaterMarks(() => now);
  });

  const look = (last: Place | null, { tookMs = 1, queue = 'q', isFull = false } = {}) => {
    const from = marks.placeOf(queue);
    marks.note(queue, from, last, isFull, tookMs);
    return from;
  };

  it('is the beginning, and then the last row that was taken', () => {
    expect(look(at(5))).toEqual(BEGINNING);
    expect(look(at(7, 3))).toEqual(at(5));
    expect(look(at(7, 4))).toEqual(at(7, 3));
    expect(look(at(1), { queue: 'another' })).toEqual(BEGINNING);
  });

  it('stays where it is when nothing was found', () => {
    look(at(5));
    expect(look(null)).toEqual(at(5));
    expect(look(at(9))).toEqual(at(5));
  });

  it('is the beginning again after a second, for what was committed late', () => {
    look(at(5));
    now = 999;
    expect(look(at(6))).toEqual(at(5));
    now = 1_000;
    expect(look(null)).toEqual(BEGINNING);
    // Rows that are left stand after what was known before.
    expect(look(null)).toEqual(at(6));
  });

  it('spends a twentieth of the time on looks from the beginning', () => {
    look(at(5), { tookMs: 500 });
    now = 9_999;
    expect(look(at(6))).toEqual(at(5));
    now = 10_000;
    expect(look(at(7), { tookMs: 500 })).toEqual(BEGINNING);
    now = 19_000;
    expect(look(at(8))).toEqual(at(7));
  });

  it('is the beginning again after ten seconds, however long one look has taken', () => {
    look(at(5), { tookMs: 15_000 });
    now = 9_999;
    expect(look(at(6))).toEqual(at(5));
    now = 10_000;
    expect(look(at(7))).toEqual(BEGINNING);
  });

  it('is the beginning when that is asked for', () => {
    look(at(5));
    marks.forget();
    expect(look(at(6))).toEqual(BEGINNING);
  });

  it('does not go back when a look from the beginning has found what was late', () => {
    look(at(50));
    now = 1_000;
    look(at(20));
    expect(look(null)).toEqual(at(50));
  });

  it('goes back to late rows when there are more than one look may take', () => {
    look(at(50));
    now = 1_000;
    look(at(20), { isFull: true });
    expect(look(at(30), { isFull: true })).toEqual(at(20));
    expect(look(at(60))).toEqual(at(30));
  });
});
