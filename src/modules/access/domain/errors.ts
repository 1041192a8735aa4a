import { DomainError, problem } from '#kernel/errors.js';

export class EmailTaken extends DomainError {
  static readonly problem = problem(
    'email-taken',
    'conflict',
    'The email is taken',
    'An account with this email address already exists. Log in instead.',
  );
  constructor() {
    super(EmailTaken.problem, 'An account with this email address already exists.');
  }
}

export class RefreshTokenReused extends DomainError {
  static readonly problem = problem(
    'refresh-token-reused',
    'unauthorized',
    'A refresh token was used twice',
    'Each refresh token works once. This one had already been used, so the session was ended. Log in again.',
  );
  constructor() {
    super(RefreshTokenReused.problem, 'This refresh token was already used. The session was ended.');
  }
}

export class LastSuperadmin extends DomainError {
  static readonly problem = problem(
    'last-superadmin',
    'conflict',
    'The last superadmin cannot be removed',
    'At least one user must be able to assign roles. Make another user a superadmin first.',
  );
  constructor() {
    super(LastSuperadmin.problem, 'This is the only superadmin.');
  }
}

export class CustomerHasObligations extends DomainError {
  static readonly problem = problem(
    'customer-has-obligations',
    'conflict',
    'The customer has open orders or money',
    'A customer with open orders or a balance cannot be erased. settle=true cancels the orders and pays out the balance first; obligations lists what is open.',
  );
  constructor(obligations: readonly string[]) {
    super(CustomerHasObligations.problem, `${obligations.join(' ')} Settle them first, or send settle=true.`, [], {
      obligations,
    });
  }
}

export class ReauthenticationRequired extends DomainError {
  static readonly problem = problem(
    'reauthentication-required',
    'forbidden',
    'Confirm that it is you',
    'Irreversible actions and grants of access require a password entered in the last 5 minutes. Send it to POST /auth/reauthenticate, or log in again, and retry.',
  );
  constructor() {
    super(ReauthenticationRequired.problem, 'Send your password to POST /auth/reauthenticate first.');
  }
}

export class MfaRequired extends DomainError {
  static readonly problem = problem(
    'mfa-required',
    'unauthorized',
    'A second factor is needed',
    'The account has a second factor. Repeat the request with `code`: the six digits of the authenticator app, or a recovery code.',
  );
  constructor() {
    super(MfaRequired.problem, 'Repeat the request with the code of your authenticator app, or a recovery code.');
  }
}

export class MfaInvalid extends DomainError {
  static readonly problem = problem(
    'mfa-invalid',
    'unauthorized',
    'The code is wrong',
    'The code is wrong, already used, or expired. Codes change every 30 seconds; each is accepted once.',
  );
  constructor() {
    super(MfaInvalid.problem, 'The code is wrong, already used, or expired.');
  }
}

export class MfaEnrolled extends DomainError {
  static readonly problem = problem(
    'mfa-enrolled',
    'conflict',
    'A second factor is already enrolled',
    'The account has a second factor. Remove it before you enroll another.',
  );
  constructor() {
    super(MfaEnrolled.problem, 'The account already has a second factor.');
  }
}

export class MfaNotStarted extends DomainError {
  static readonly problem = problem(
    'mfa-not-started',
    'conflict',
    'No enrollment in progress',
    'Start the enrollment with POST /auth/mfa before you confirm it.',
  );
  constructor() {
    super(MfaNotStarted.problem, 'Start with POST /auth/mfa.');
  }
}
