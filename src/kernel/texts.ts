/** The length of a text as PostgreSQL counts it. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A name or a code in its one spelling: composed (Unicode NFC), without spaces around it. */
export function nameOf(text: string): string {
  return text.normalize('NFC').trim();
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of bytes that came from outside, without a byte order mark: the one decoder, when they arrive and when they are read
 * again. @throws TypeError for what is not UTF-8
 */
export function decodeUtf8(bytes: Buffer): string {
  return utf8.decode(bytes);
}
