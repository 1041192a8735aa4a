/** `2026-11-30 18:25:31.123456+00`, with fewer digits of the fraction or none: what PostgreSQL writes for sessions in UTC (fit.ts). */
const UTC = '+00';
const SHORTEST = '2026-11-30 18:25:31+00'.length;
const FRACTION = '2026-11-30 18:25:31'.length;
const ZERO = 48;

/**
 * Reads a timestamp without a regular expression: lists are full of them.
 * @returns null for any other form, such as years before Christ or infinity
 */
export function readTimestamp(text: string): Date | null {
  const { length } = text;
  if (length < SHORTEST || text.charCodeAt(4) !== 45 || !text.endsWith(UTC)) return null;
  let milliseconds = 0;
  if (length > SHORTEST) {
    if (text.charCodeAt(FRACTION) !== 46) return null;
    const end = length - UTC.length;
    for (let i = FRACTION + 1, weight = 100; i < end && weight >= 1; i++, weight /= 10)
      milliseconds += (text.charCodeAt(i) - ZERO) * weight;
  }
  const year = two(text, 0) * 100 + two(text, 2);
  // Date.UTC takes the years 0 to 99 for those of the last century.
  if (year < 100) return null;
  return new Date(
    Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), two(text, 17), milliseconds),
  );
}

function two(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}
