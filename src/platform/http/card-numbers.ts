import { DomainError, problem } from '#kernel/errors.js';

export class CardNumberRefused extends DomainError {
  static readonly problem = problem(
    'card-number-refused',
    'unprocessable',
    'The request contains a card number',
    'The body contains what looks like a payment card number: a known prefix and length and a valid check digit. It was neither logged nor stored. Send card data to the payment provider and its payment method id (pm_...) here.',
  );
  /** @param pointer where it stands, with nothing of the number in it */
  constructor(pointer: string) {
    super(
      CardNumberRefused.problem,
      'The body contains what looks like a card number; it was neither logged nor stored.',
      [{ pointer, detail: 'contains what looks like a card number' }],
    );
  }
}

/** Members that hold the shop's own numbers, which may be any; modules name theirs. */
export const ownNumbers = new Set<string>();

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const together = /\d{14,19}/g;
/** Digits in any grouping, with any of the signs and spaces that people and programs put between them. */
const separated = /\d(?:[\s.\-_/\u00b7\u2010-\u2015]{0,3}\d){13,18}(?![\s.\-_/\u00b7\u2010-\u2015]{0,3}\d)/g;

/**
 * Numbers as the schemes of payment cards issue them, by first digits and length (ISO/IEC 7812-1; Visa, Mastercard, American
 * Express, Diners Club, Discover, JCB, UnionPay). Other long numbers are not: one in ten of all ISBNs and EANs, and every IMEI,
 * have a valid check digit. Visa's numbers of 13 digits are not issued any more, and would be EANs.
 */
const issued =
  /^(?:4(?:\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17})$/;

/** Whether a text holds a number that looks like an issued card's and passes the Luhn check (ISO/IEC 7812-1). */
export function holdsCardNumber(text: string): boolean {
  if (text.length < 14) return false;
  const searched = text.normalize('NFKC').replace(uuid, ' ');
  return [...(searched.match(together) ?? []), ...(searched.match(separated) ?? [])].some((found) =>
    isIssued(found.replace(/\D/g, '')),
  );
}

/** The text with zeros for the middle digits of what looks like an issued card's number; its length is the same. */
export function maskCardNumbers(text: string): string {
  const mask = (found: string) => {
    const digits = found.replace(/\D/g, '');
    if (!isIssued(digits)) return found;
    let nth = 0;
    return found.replace(/\d/g, (digit) => (++nth > 6 && nth <= digits.length - 4 ? '0' : digit));
  };
  return text.replace(separated, mask).replace(together, mask);
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
