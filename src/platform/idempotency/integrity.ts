import type { IntegrityCheck } from '#ports/integrity.js';

export const answersAreAnswers: IntegrityCheck = {
  name: 'answers-are-answers',
  description: 'Every remembered answer has a status that is remembered.',
  checked: 'idempotency_records',
  violations: `SELECT id, caller, status FROM idempotency_records WHERE status NOT BETWEEN 200 AND 499`,
};
