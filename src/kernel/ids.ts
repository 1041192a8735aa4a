let lastMillisecond = 0;
let counter = 0;

/** Random bytes are asked for by the page: asking costs more than the bytes. */
const pool = new Uint8Array(4096);
let used = pool.length;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** 62 random bits behind the variant of RFC 9562, as the last two groups of an id. */
function randomTail(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const at = used;
  used += 8;
  const byte = (i: number) => hex[pool[at + i]!]!;
  return `${hex[0x80 | (pool[at]! & 0x3f)]!}${byte(1)}-${byte(2)}${byte(3)}${byte(4)}${byte(5)}${byte(6)}${byte(7)}`;
}

/**
 * A UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then a 12 bit counter that keeps the ids of one process
 * ascending within a millisecond, then 62 random bits. Ascending ids keep primary keys append-only and lists pageable.
 */
export function newId(): string {
  const now = Date.now();
  if (now > lastMillisecond) {
    lastMillisecond = now;
    counter = Math.floor(Math.random() * 1024);
  } else if (++counter > 0xfff) {
    // More than the counter holds in one millisecond, or a clock that went back: borrow from the next millisecond.
    lastMillisecond += 1;
    counter = 0;
  }
  const time = lastMillisecond.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${randomTail()}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isId(text: string): boolean {
  return uuid.test(text);
}

/** No id that was made at this moment or later is lower. */
export function lowestIdAt(time: Date): string {
  const text = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-7000-8000-000000000000`;
}

/** The nil UUID (RFC 9562, 5.9), which sorts before every id: where pages by id begin. */
export const BEFORE_EVERY_ID: string = '00000000-0000-0000-0000-000000000000';
