/** Codes that one order may name. */
export const MAX_CODES = 5;

const SPELLING = /^[A-Z0-9][A-Z0-9_-]{2,39}$/;

/** A code as it is stored: `save10 ` and `SAVE10` are one. Null for what no code can be. */
export function couponCode(given: string): string | null {
  const code = given.normalize('NFKC').trim().toUpperCase();
  return SPELLING.test(code) ? code : null;
}

/** Codes of an order as they are stored, each once. What can be none stays as it is: the lookup answers as for an unknown one. */
export function couponCodesOf(given: readonly string[]): string[] {
  return [...new Set(given.map((code) => couponCode(code) ?? code))];
}
