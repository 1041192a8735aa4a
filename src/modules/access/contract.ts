import { DomainError, problem } from '#kernel/errors.js';

export class Unauthenticated extends DomainError {
  static readonly problem = problem(
    'unauthenticated',
    'unauthorized',
    'Not authenticated',
    'Send Authorization: Bearer <access token or API key>, or X-Api-Key: <key>. A key or token that is unknown, expired or revoked is answered alike.',
  );
  constructor(detail = 'This address needs a valid access token or API key.') {
    super(Unauthenticated.problem, detail);
  }
}

export class Forbidden extends DomainError {
  static readonly problem = problem(
    'forbidden',
    'forbidden',
    'Not allowed',
    'You are known, but you may not do this. Where a scope is missing it is named.',
  );
  constructor(scope: string) {
    super(Forbidden.problem, `This needs the scope ${scope}.`, [], { scope });
  }
}

/** A member that is for the shop, in a request of a customer. */
export class NotForCustomers extends DomainError {
  constructor(detail: string) {
    super(Forbidden.problem, detail);
  }
}

export class RateLimited extends DomainError {
  static readonly problem = problem(
    'rate-limited',
    'rate-limited',
    'Too many requests',
    'Slow down: the RateLimit header says how many requests are left, Retry-After when to come back.',
  );
  override readonly retryAfterSeconds: number;
  constructor(detail: string, retryAfterSeconds: number) {
    super(RateLimited.problem, detail);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export class MfaEnrollmentRequired extends DomainError {
  static readonly problem = problem(
    'mfa-enrollment-required',
    'forbidden',
    'Enroll a second factor first',
    'This shop asks its staff for a second factor (STAFF_MFA=required). Until one is enrolled with POST /auth/mfa, only the account itself can be used.',
  );
  constructor() {
    super(MfaEnrollmentRequired.problem, 'Enroll a second factor with POST /auth/mfa first.');
  }
}
