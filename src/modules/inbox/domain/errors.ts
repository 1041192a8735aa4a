import { DomainError, problem } from '#kernel/errors.js';
import type { SignatureFault } from './signature.js';

const details: Readonly<Record<SignatureFault, string>> = {
  missing: 'The signature header is missing.',
  malformed: 'The signature header cannot be read.',
  mismatch: 'The signature does not match the raw body and the configured secrets.',
  stale: 'The signature’s timestamp is too old or in the future.',
};

export class InvalidSignature extends DomainError {
  static readonly problem = problem(
    'invalid-signature',
    'unauthorized',
    'The signature is not valid',
    'Messages are signed over their raw bytes. reason says what is wrong: missing, malformed, mismatch (wrong secret, or the body changed in transit) or stale (check the clock).',
  );
  constructor(reason: SignatureFault) {
    super(InvalidSignature.problem, details[reason], [], { reason });
  }
}
