import { describe, expect, it } from '@jest/globals';
import { BoundedMap } from '#kernel/bounded-map.js';

describe('a bounded map', () => {
  it('lets go of what was set longest ago', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
    expect([...map]).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
  });
});
