import { DomainError, problem } from '#kernel/errors.js';

export class Unauthenticated extends DomainError {
  static readonly problem = problem(
    'unauthenticated',
    'unauthorized',
    'Not authenticated',
    'Send Authorization: Bearer <access token or API key>, or X-Api-Key: <key>. Unknown, expired and revoked credentials get the same response.',
  );
  constructor(detail = 'This endpoint requires a valid access token or API key.') {
    super(Unauthenticated.problem, detail);
  }
}

export class Forbidden extends DomainError {
  static readonly problem = problem(
    'forbidden',
    'forbidden',
    'Not allowed',
    'You are authenticated but not allowed to do this. A missing scope is named in the response.',
  );
  constructor(scope: string) {
    super(Forbidden.problem, `This requires the scope ${scope}.`, [], { scope });
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
    'Slow down: the RateLimit header says how many requests are left, Retry-After when to retry.',
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
    'This shop requires a second factor for staff (STAFF_MFA=required). Until you enroll one with POST /auth/mfa, you can only manage your own account.',
  );
  constructor() {
    super(MfaEnrollmentRequired.problem, 'Enroll a second factor with POST /auth/mfa first.');
  }
}
