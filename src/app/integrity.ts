import { ledgerDoubleEntry, ledgerEqualsAccounts } from '#modules/balances/integrity.js';
import { inboxNotStuck } from '#modules/inbox/integrity.js';
import {
  blockedIsHeld,
  orderStatesHaveEvents,
  orderTotals,
  stockConservation,
  taxLinesAddUp,
} from '#modules/orders/integrity.js';
import { tariffsAppendOnly } from '#modules/pricing/integrity.js';
import {
  ledgerAgreesWithPayments,
  oneLivePaymentPerOrder,
  orderAgreesWithPayment,
  paymentAmounts,
  paymentStatesHaveEvents,
  completedOrdersHaveMoney,
  orderAmountsAgree,
  disputesAgree,
  paymentMethodsAgree,
} from '#modules/payments/integrity.js';
import { deliveriesNotStuck } from '#modules/webhooks/integrity.js';
import { answersAreAnswers } from '#platform/idempotency/integrity.js';
import { eventSequences, reactionsNotStuck } from '#platform/outbox/integrity.js';
import type { IntegrityCheck } from '#ports/integrity.js';

/** Everything that must be true of the books at any moment, in the order in which it is checked: goods, money, events. */
export const integrityChecks: readonly IntegrityCheck[] = [
  stockConservation,
  orderTotals,
  taxLinesAddUp,
  tariffsAppendOnly,
  ledgerDoubleEntry,
  ledgerEqualsAccounts,
  blockedIsHeld,
  ledgerAgreesWithPayments,
  paymentAmounts,
  oneLivePaymentPerOrder,
  orderAgreesWithPayment,
  orderStatesHaveEvents,
  paymentStatesHaveEvents,
  completedOrdersHaveMoney,
  orderAmountsAgree,
  disputesAgree,
  paymentMethodsAgree,
  eventSequences,
  reactionsNotStuck,
  inboxNotStuck,
  answersAreAnswers,
  deliveriesNotStuck,
];
