/** One spelling per address: Unicode composed, no surrounding space, lower case. No two accounts differ only by case. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
}

/** Deliberately simple: one @, something before it, a dot behind it, no white space or control characters, at most 254 characters. */
export function isEmail(email: string): boolean {
  // eslint-disable-next-line no-control-regex
  return email.length <= 254 && /^[^\s@"<>\x00-\x1f]{1,64}@[^\s@"<>\x00-\x1f]+\.[^\s@"<>.\x00-\x1f]{2,}$/.test(email);
}
