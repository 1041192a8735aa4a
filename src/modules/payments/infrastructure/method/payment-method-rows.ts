import type { JsonObject } from '#kernel/json.js';
import type { PaymentMethod, PaymentMethodState } from '../../domain/payment-method.js';
import type { PaymentError } from '../../domain/payment.js';

export const columns = `id, customer_id, provider, provider_reference, setup_reference, status, brand, last4, exp_month, exp_year,
  next_action, last_error, failed_attempt, version, created_at, updated_at`;

export interface MethodRow {
  id: string;
  customer_id: string;
  provider: string;
  provider_reference: string | null;
  setup_reference: string | null;
  status: PaymentMethodState;
  brand: string | null;
  last4: string | null;
  exp_month: number | null;
  exp_year: number | null;
  next_action: JsonObject | null;
  last_error: PaymentError | null;
  failed_attempt: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export function method(row: MethodRow): PaymentMethod {
  return {
    id: row.id,
    customerId: row.customer_id,
    provider: row.provider,
    providerReference: row.provider_reference,
    setupReference: row.setup_reference,
    status: row.status,
    brand: row.brand,
    last4: row.last4,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    nextAction: row.next_action,
    lastError: row.last_error,
    failedAttempt: row.failed_attempt,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
