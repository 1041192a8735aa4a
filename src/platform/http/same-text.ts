import { hash, timingSafeEqual } from 'node:crypto';

/** Compares secrets in a time that says nothing about where they differ, or how long they are. */
export function isSameText(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
