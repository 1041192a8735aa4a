import { ValidationFailed } from '#kernel/errors.js';
import { isId } from '#kernel/ids.js';

/** A cursor names the last item of the page before; opaque to callers, so that it can change. */
export function encodeCursor(lastId: string): string {
  return Buffer.from(`after:${lastId}`).toString('base64url');
}

/**
 * @param isKey what the list is sorted by; ids, when left out
 * @throws ValidationFailed for anything that encodeCursor did not make
 */
export function decodeCursor(cursor: string | undefined, isKey: (text: string) => boolean = isId): string | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const id = text.slice('after:'.length);
  if (!text.startsWith('after:') || !isKey(id)) {
    throw new ValidationFailed([
      { pointer: '#/cursor', parameter: 'cursor', detail: 'cursor must be a nextCursor returned by this list' },
    ]);
  }
  return id;
}

/** Cuts one item more than asked for into a page and the cursor to what follows. */
export function pageOf<Row extends { id: string }, T>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => T,
): { data: T[]; nextCursor: string | null } {
  return pageBy(rows, limit, present, ({ id }) => id);
}

/** As pageOf, for lists that are sorted by something else. */
export function pageBy<Row, T>(
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => T,
  keyOf: (row: Row) => string,
): { data: T[]; nextCursor: string | null } {
  const data = rows.slice(0, limit);
  return {
    data: data.map(present),
    nextCursor: rows.length > limit ? encodeCursor(keyOf(data[data.length - 1]!)) : null,
  };
}
