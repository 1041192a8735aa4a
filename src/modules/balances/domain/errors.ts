import { DomainError, problem } from '#kernel/errors.js';

export class BalanceTooLarge extends DomainError {
  static readonly problem = problem(
    'balance-too-large',
    'unprocessable',
    'The balance would become too large',
    'A balance must stay below 2^53 minor units, the range of exact integers. Withdraw first.',
  );
  constructor() {
    super(BalanceTooLarge.problem, 'The balance would exceed the range of exact integers.');
  }
}

export class BalancesKeptElsewhere extends DomainError {
  static readonly problem = problem(
    'balances-kept-elsewhere',
    'unprocessable',
    'Balances are kept elsewhere',
    'An external service keeps the balances of this shop (BALANCE_SERVICE_URL). Deposit there.',
  );
  constructor() {
    super(BalancesKeptElsewhere.problem, 'An external service keeps the balances of this shop; deposit there.');
  }
}
