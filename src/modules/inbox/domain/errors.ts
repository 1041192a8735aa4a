import { DomainError, problem } from '#kernel/errors.js';
import type { SignatureFault } from './signature.js';

const details: Readonly<Record<SignatureFault, string>> = {
  missing: 'The signature header is missing.',
  malformed: 'The signature header cannot be read.',
  mismatch: 'The signature is not one over these bytes with a secret known here.',
  stale: 'The signature is too old or from the future.',
};

export class InvalidSignature extends DomainError {
  static readonly problem = problem(
    'invalid-signature',
    'unauthorized',
    'The signature is not valid',
    'Messages are signed over their raw bytes. reason says what is wrong: missing, malformed, mismatch (wrong secret, or the body was changed on the way) or stale (check the clock).',
  );
  constructor(reason: SignatureFault) {
    super(InvalidSignature.problem, details[reason], [], { reason });
  }
}
