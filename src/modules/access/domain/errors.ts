import { DomainError, problem } from '#kernel/errors.js';

export class EmailTaken extends DomainError {
  static readonly problem = problem(
    'email-taken',
    'conflict',
    'The email is taken',
    'There is an account with this email address. Log in instead.',
  );
  constructor() {
    super(EmailTaken.problem, 'There is an account with this email address already.');
  }
}

export class RefreshTokenReused extends DomainError {
  static readonly problem = problem(
    'refresh-token-reused',
    'unauthorized',
    'A spent refresh token was used again',
    'Refresh tokens are used once. A spent one was used, so the whole session has been ended. Log in again.',
  );
  constructor() {
    super(RefreshTokenReused.problem, 'This refresh token was spent before. The session has been ended.');
  }
}

export class LastSuperadmin extends DomainError {
  static readonly problem = problem(
    'last-superadmin',
    'conflict',
    'The last superadmin stays',
    'There must always be a user who can give roles. Make another superadmin first.',
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
    'A person with open orders or a balance is not forgotten yet. settle=true cancels the orders and pays the balance out first; obligations says what is open.',
  );
  constructor(obligations: readonly string[]) {
    super(
      CustomerHasObligations.problem,
      `${obligations.join(' ')} Settle them first, or ask for it with settle=true.`,
      [],
      { obligations },
    );
  }
}

export class ReauthenticationRequired extends DomainError {
  static readonly problem = problem(
    'reauthentication-required',
    'forbidden',
    'Confirm that it is you',
    'What cannot be undone, or gives rights away, needs a password that was given in the last 5 minutes. Send it to POST /auth/reauthenticate, or log in again, and repeat.',
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
    'The code is wrong, was used before, or is too old. Codes change every 30 seconds; each is accepted once.',
  );
  constructor() {
    super(MfaInvalid.problem, 'The code is wrong, was used before, or is too old.');
  }
}

export class MfaEnrolled extends DomainError {
  static readonly problem = problem(
    'mfa-enrolled',
    'conflict',
    'There is a second factor already',
    'The account has a second factor. Remove it before another is enrolled.',
  );
  constructor() {
    super(MfaEnrolled.problem, 'The account has a second factor already.');
  }
}

export class MfaNotStarted extends DomainError {
  static readonly problem = problem(
    'mfa-not-started',
    'conflict',
    'No enrollment is under way',
    'A second factor is confirmed after it was begun with POST /auth/mfa.',
  );
  constructor() {
    super(MfaNotStarted.problem, 'Begin with POST /auth/mfa.');
  }
}
