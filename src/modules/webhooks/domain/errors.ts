import { DomainError, problem } from '#kernel/errors.js';
import type { SignatureFault } from '#modules/inbox/domain/signature.js';

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

export class EndpointNotEnabled extends DomainError {
  static readonly problem = problem(
    'endpoint-not-enabled',
    'conflict',
    'The endpoint is not enabled',
    'Nothing is sent to a paused or disabled endpoint. Enable it with PATCH {"status": "enabled"} first.',
  );
  constructor(status: string) {
    super(EndpointNotEnabled.problem, `The endpoint is ${status}.`, [], { status });
  }
}

export class TooManyEndpoints extends DomainError {
  static readonly problem = problem('too-many-endpoints', 'conflict', 'There are too many endpoints', 'Delete endpoints that are not needed any more.');
  constructor(limit: number) {
    super(TooManyEndpoints.problem, `There may be at most ${limit} endpoints.`);
  }
}
