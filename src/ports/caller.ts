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

/** `self` is what every logged-in user has and no key can be given: the right to deal with their own account. */
export type Scope = (typeof scopes)[number] | 'self';

export type Role = 'customer' | 'admin' | 'superadmin';

const staff = scopes.filter((scope) => scope !== 'admin');

/** The one table from role to scopes. `admin` is the scope of users' roles and API keys. */
export const scopesOfRole: Readonly<Record<Role, readonly Scope[]>> = {
  customer: ['self', 'orders:read', 'orders:write', 'payments:read', 'payments:write', 'balances:read'],
  admin: ['self', ...staff],
  superadmin: ['self', ...staff, 'admin'],
};

/** Who is calling. `id` scopes idempotency keys and rate limits, so it is never shared by two parties. */
export interface Caller {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Set for a customer's own token: what they may see and name is limited to themselves. */
  readonly customerId: string | null;
  /** Set for a user's token, with the session it belongs to. */
  readonly user: { readonly id: string; readonly sessionId: string } | null;
}
