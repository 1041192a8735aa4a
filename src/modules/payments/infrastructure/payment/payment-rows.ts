import type { JsonObject } from '#kernel/json.js';
import type { Sealing } from '#ports/sealing.js';
import type { CaptureMethod, Payment, PaymentError, PaymentState, Risk } from '../../domain/payment.js';

export const paymentColumns = `p.id, p.order_id, p.provider, p.provider_reference, p.client_secret, p.method, p.amount, p.amount_captured, p.amount_refunded, p.amount_disputed, p.next_action,
  p.currency, p.capture_method, p.capture_requested, p.status, p.superseded, p.last_error, p.failed_charge, p.method_types, p.risk, p.webhook_url,
  p.version, p.created_at, p.updated_at`;

export interface PaymentRow {
  id: string;
  order_id: string | null;
  provider: string;
  provider_reference: string | null;
  client_secret: string | null;
  method: string | null;
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  amount_disputed: number;
  next_action: JsonObject | null;
  currency: string;
  capture_method: CaptureMethod;
  capture_requested: number | null;
  status: PaymentState;
  superseded: boolean;
  last_error: PaymentError | null;
  failed_charge: string | null;
  method_types: string[];
  risk: Risk | null;
  webhook_url: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
}

/** What a client secret is sealed for. */
export function clientSecretOf(id: string): string {
  return `payments.client_secret/${id}`;
}

export function payment(row: PaymentRow, sealing: Sealing): Payment {
  return {
    id: row.id,
    orderId: row.order_id,
    provider: row.provider,
    providerReference: row.provider_reference,
    clientSecret: row.client_secret && sealing.open(row.client_secret, clientSecretOf(row.id)),
    method: row.method,
    amount: row.amount,
    amountCaptured: row.amount_captured,
    amountRefunded: row.amount_refunded,
    amountDisputed: row.amount_disputed,
    nextAction: row.next_action,
    currency: row.currency,
    captureMethod: row.capture_method,
    captureRequested: row.capture_requested,
    status: row.status,
    superseded: row.superseded,
    lastError: row.last_error,
    failedCharge: row.failed_charge,
    methodTypes: row.method_types,
    risk: row.risk,
    webhookUrl: row.webhook_url,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
