/** Everything a key can be allowed to do; roles are sets of these. */
export const scopes = [
  'products:write',
  'orders:read',
  'orders:write',
  'payments:read',
  'payments:write',
  'balances:read',
  'balances:write',
  'webhooks:write',
  'operations:read',
  'operations:write',
  'admin',
] as const;

export type Scope = (typeof scopes)[number];

/** Who is calling. `id` scopes idempotency keys and rate limits, so it is never shared by two parties. */
export interface Caller {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Set for a customer's own token: what they may see and name is limited to themselves. */
  readonly customerId: string | null;
}
