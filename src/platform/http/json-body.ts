import { ValidationFailed } from '#kernel/errors.js';
import { CardNumberRefused, holdsCardNumber } from './card-numbers.js';
import { MalformedJson } from './problem.js';

const MAX_DEPTH = 20;
/** Of one object or list, and of a body in all: what validation costs grows faster than their number. */
const MAX_MEMBERS = 1_000;
const MAX_VALUES = 10_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Whether card numbers are refused: whatever has a valid check digit, only what also starts like a card's (other systems
 * have long references of their own, and a message that is refused is money that is not seen), or none.
 */
type LongNumbers = 'no-cards' | 'no-issued-cards' | 'any-number';

/**
 * Parses a request body, refusing what could not be stored and read back unchanged: bytes that are not UTF-8, NUL
 * (PostgreSQL's text has none), unpaired surrogates, 1e400, very deep nesting, names that tamper with prototypes, and more
 * members or values than any operation takes.
 */
export function parseJsonBody(bytes: Buffer, numbers: LongNumbers = 'no-cards'): unknown {
  if (bytes.length === 0) return undefined;
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new MalformedJson('The body is not UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedJson('The body is not JSON.');
  }
  new Inspection().inspect(value, 0);
  if (numbers !== 'any-number' && holdsCard(value, numbers === 'no-issued-cards')) throw new CardNumberRefused();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ValidationFailed([{ pointer: '#', detail: 'the body must be a JSON object' }]);
  }
  return value;
}

class Inspection {
  private values = 0;

  inspect(value: unknown, depth: number): void {
    if (++this.values > MAX_VALUES) throw tooMuch(`the body must not hold more than ${MAX_VALUES} values`);
    if (typeof value === 'string') return inspectText(value);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new MalformedJson('A number is beyond the range of a double.');
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

/** Anywhere: in a text, in a number written as one, in the name of a member. */
function holdsCard(value: unknown, onlyIssued: boolean): boolean {
  if (typeof value === 'string') return holdsCardNumber(value, onlyIssued);
  // No amount here has more than 12 digits, and no issuer's numbers start with another digit than these.
  if (typeof value === 'number')
    return value >= 2e12 && Number.isSafeInteger(value) && holdsCardNumber(String(value), true);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.some((item) => holdsCard(item, onlyIssued));
  return Object.entries(value).some(
    ([name, member]) => holdsCardNumber(name, onlyIssued) || holdsCard(member, onlyIssued),
  );
}

function inspectText(text: string): void {
  if (text.includes('\0')) throw new MalformedJson('A text holds a NUL character.');
  if (!text.isWellFormed()) throw new MalformedJson('A text holds an unpaired surrogate.');
}
