import { DomainError, problem } from '#kernel/errors.js';

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
  static readonly problem = problem(
    'too-many-endpoints',
    'conflict',
    'Too many endpoints',
    'Delete endpoints that are no longer needed.',
  );
  constructor(limit: number) {
    super(TooManyEndpoints.problem, `There may be at most ${limit} endpoints.`);
  }
}
