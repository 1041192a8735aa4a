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
