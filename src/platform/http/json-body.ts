import { ValidationFailed } from '#kernel/errors.js';
import { decodeUtf8 } from '#kernel/texts.js';
import { CardNumberRefused, holdsCardNumber, ownNumbers } from './card-numbers.js';
import { pointerPart } from './json-pointer.js';
import { MalformedJson } from './problem.js';

const MAX_DEPTH = 20;
/** Of one object or list, and of a body in all: what validation costs grows faster than their number. */
const MAX_MEMBERS = 1_000;
const MAX_VALUES = 10_000;

/**
 * A signed message is not turned away for a number that looks like a card's or is too long for a double: it would be money that is
 * not seen, and its bytes are kept as they are.
 */
type Sender = 'a caller' | 'a signed source';

/**
 * Parses a request body, refusing what could not be stored and read back unchanged: bytes that are not UTF-8, NUL
 * (PostgreSQL's text has none), unpaired surrogates, 1e400, very deep nesting, names that tamper with prototypes, and more
 * members or values than any operation takes.
 */
export function parseJsonBody(bytes: Buffer, from: Sender = 'a caller'): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch {
    throw new MalformedJson('The body is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedJson('The body is not valid JSON.');
  }
  new Inspection().inspect(value, 0);
  if (from === 'a caller') {
    refuseInexactNumbers(text);
    const card = pointerOfCard(value, '#', '');
    if (card !== null) throw new CardNumberRefused(card);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ValidationFailed([{ pointer: '#', detail: 'the body must be a JSON object' }]);
  }
  return value;
}

class Inspection {
  private values = 0;

  inspect(value: unknown, depth: number): void {
    if (++this.values > MAX_VALUES) throw tooMuch(`the body must not contain more than ${MAX_VALUES} values`);
    if (typeof value === 'string') return inspectText(value);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new MalformedJson('A number is outside the range of a double.');
      return;
    }
    if (value === null || typeof value !== 'object') return;
    if (depth >= MAX_DEPTH) throw new MalformedJson(`The body is nested more than ${MAX_DEPTH} levels deep.`);
    if (Array.isArray(value)) {
      if (value.length > MAX_MEMBERS) throw tooMuch(`a list must not have more than ${MAX_MEMBERS} items`);
      for (const item of value) this.inspect(item, depth + 1);
      return;
    }
    const names = Object.keys(value);
    if (names.length > MAX_MEMBERS) throw tooMuch(`an object must not have more than ${MAX_MEMBERS} members`);
    for (const name of names) {
      if (name === '__proto__' || name === 'constructor' || name === 'prototype')
        throw new MalformedJson(`A member must not be named ${name}.`);
      inspectText(name);
      this.inspect((value as Record<string, unknown>)[name], depth + 1);
    }
  }
}

function tooMuch(detail: string): ValidationFailed {
  return new ValidationFailed([{ pointer: '#', detail }]);
}

/**
 * Where a card number stands: in a text, in a number written as one, in the name of a member (then its object is named). Null for
 * none.
 */
function pointerOfCard(value: unknown, pointer: string, name: string): string | null {
  if (typeof value === 'string') return !ownNumbers.has(name) && holdsCardNumber(value) ? pointer : null;
  // No amount here has more than 12 digits, and no issuer's numbers start with another digit than these.
  if (typeof value === 'number')
    return value >= 2e13 && Number.isSafeInteger(value) && holdsCardNumber(String(value)) ? pointer : null;
  if (value === null || typeof value !== 'object') return null;
  const members: [string, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [String(i), item])
    : Object.entries(value);
  for (const [member, of] of members) {
    if (holdsCardNumber(member)) return pointer;
    const found = pointerOfCard(of, `${pointer}/${pointerTo(member)}`, member);
    if (found !== null) return found;
  }
  return null;
}

const pointerTo = (member: string) => pointerPart(member.slice(0, 64));

/** Strings, to be passed over, and numbers with more digits than every double holds. */
const longNumbers = /"(?:[^"\\]|\\.)*"|-?\d[\d.]{15,}(?:[eE][+-]?\d+)?|-?\d+(?:\.\d+)?[eE][+-]?\d+/g;
const MARK = '\u0000inexact';

/**
 * Refuses numbers that JavaScript cannot hold as they are written: they would be stored, hashed and answered as others.
 * @throws ValidationFailed naming the member
 */
function refuseInexactNumbers(text: string): void {
  for (const { 0: found, index } of text.matchAll(longNumbers)) {
    if (found.startsWith('"') || isExact(found)) continue;
    const marked = `${text.slice(0, index)}${JSON.stringify(MARK)}${text.slice(index + found.length)}`;
    const pointer = pointerOfMark(JSON.parse(marked), '#') ?? '#';
    throw new ValidationFailed([
      { pointer, detail: 'the number cannot be stored exactly: send an integer up to 2^53 - 1, or a string' },
    ]);
  }
}

/** Whether a literal is the number that it becomes: a whole one up to 2^53 - 1, or a fraction that reads the same again. */
function isExact(literal: string): boolean {
  const value = Number(literal);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  return decimalOf(literal) === decimalOf(String(value));
}

/** Digits without zeros around them, and the power of ten of the first. */
function decimalOf(literal: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = `${whole}${fraction}`;
  const first = digits.search(/[1-9]/);
  if (first < 0) return '0';
  return `${sign}${digits.slice(first).replace(/0+$/, '')}e${Number(exponent) + whole.length - first}`;
}

function pointerOfMark(value: unknown, pointer: string): string | null {
  if (value === MARK) return pointer;
  if (value === null || typeof value !== 'object') return null;
  for (const [member, of] of Object.entries(value)) {
    const found = pointerOfMark(of, `${pointer}/${pointerTo(member)}`);
    if (found !== null) return found;
  }
  return null;
}

function inspectText(text: string): void {
  if (text.includes('\0')) throw new MalformedJson('A string contains a NUL character.');
  if (!text.isWellFormed()) throw new MalformedJson('A string contains an unpaired surrogate.');
}
