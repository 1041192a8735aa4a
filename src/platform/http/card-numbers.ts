import { DomainError, problem } from '#kernel/errors.js';

export class CardNumberRefused extends DomainError {
  static readonly problem = problem(
    'card-number-refused',
    'unprocessable',
    'A card number has no place here',
    'The body holds what looks like the number of a payment card: 13 to 19 digits with a valid check digit. It was neither logged nor stored. Give card data to the payment provider and send its payment method id (pm_...) here.',
  );
  constructor() {
    // Where it stood is not told: names of members may hold it too, and nothing of it shall come back.
    super(CardNumberRefused.problem, 'The body holds what looks like a card number; it was neither logged nor stored.');
  }
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const together = /\d+/g;
/** As people write them: 4-4-4-4(-3), American Express 4-6-5, Diners Club 4-6-4. */
const grouped = /(?<!\d)(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d)/g;

/** Digits in any grouping, with any of the signs and spaces that people and programs put between them. */
const separated = /\d(?:[\s.\-_/\u00b7\u2010-\u2015]{0,3}\d){12,18}(?![\s.\-_/\u00b7\u2010-\u2015]{0,3}\d)/g;

/**
 * Numbers as the schemes of payment cards issue them, by first digits and length (ISO/IEC 7812-1; Visa, Mastercard, American
 * Express, Diners Club, Discover, JCB, UnionPay).
 */
const issued =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17})$/;

/**
 * Whether a text holds a card number: 13 to 19 digits that pass the Luhn check (ISO/IEC 7812-1).
 * @param onlyIssued only those that start with a digit that issuers of payment cards have (2 to 6)
 */
export function holdsCardNumber(text: string, onlyIssued = false): boolean {
  if (text.length < 13) return false;
  const searched = text.normalize('NFKC').replace(uuid, ' ');
  if ((searched.match(separated) ?? []).some((found) => isIssued(found.replace(/\D/g, '')))) return true;
  return [
    ...(searched.match(together) ?? []),
    ...(searched.match(grouped) ?? []).map((found) => found.replace(/\D/g, '')),
  ].some((digits) => isCardNumber(digits) && (!onlyIssued || /^[2-6]/.test(digits)));
}

function isCardNumber(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false;
  // Unix time in milliseconds until 2033. No issuer has numbers of 13 digits that start with 1.
  if (digits.length === 13 && digits.startsWith('1')) return false;
  return passesLuhn(digits);
}

/** Whether a text of digits is a number that a scheme issues. */
function isIssued(digits: string): boolean {
  return issued.test(digits) && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const value = i % 2 === 1 ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0 && /[1-9]/.test(digits);
}
