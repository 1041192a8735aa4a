import { audienceOf, type Caller } from '#ports/caller.js';
import type { Answer } from '#ports/idempotency.js';
import { jsonAnswer } from '#platform/http/answer.js';
import { API_PREFIX } from '#platform/http/api-prefix.js';
import type { Payment } from '../domain/payment.js';
import { paymentEtag, presentPayment } from './payment-answers.js';

/** The answer 202 to a request whose outcome the provider decides later. */
export function acceptedPayment(caller: Caller): (payment: Payment) => Answer {
  return (payment) => {
    const location = `/${API_PREFIX}/payments/${payment.id}`;
    return jsonAnswer(202, presentPayment(payment, audienceOf(caller)), { location, etag: paymentEtag(payment) });
  };
}
