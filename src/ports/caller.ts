/** What a key can be allowed to do. Modules add their scopes in `scopes.ts`, by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by modules
export interface ScopeNames {}

/** `self` is what every logged-in user has and no key can be given: the right to deal with their own account. */
export type Scope = keyof ScopeNames | 'self';

export type Role = 'customer' | 'admin' | 'superadmin';

interface ScopeRules {
  /** The role that has it; every higher role has it too. */
  readonly from: Role;
}

const registered = new Map<Exclude<Scope, 'self'>, ScopeRules>();
const names: Exclude<Scope, 'self'>[] = [];
const ranks: Readonly<Record<Role, number>> = { customer: 0, admin: 1, superadmin: 2 };

/** Called by a module's `scopes.ts` when it is loaded. */
export function defineScopes(scopes: Readonly<Partial<Record<Exclude<Scope, 'self'>, ScopeRules>>>): void {
  for (const [name, rules] of Object.entries<ScopeRules>(scopes)) registered.set(name as never, rules);
  names.splice(0, names.length, ...[...registered.keys()].sort());
}

/**
 * Every scope that a key can be given, by name. Filled as modules are loaded: a holder of this array sees the later ones too, as the OpenAPI document must, whose decorators run before all modules are there.
 */
export const allScopes: readonly Exclude<Scope, 'self'>[] = names;

export function scopesOfRole(role: Role): Scope[] {
  return ['self', ...allScopes.filter((scope) => ranks[registered.get(scope)!.from] <= ranks[role])];
}

/** Who is calling. `id` scopes idempotency keys and rate limits, so it is never shared by two parties. */
export interface Caller {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Set for a customer's own token: what they may see and name is limited to themselves. */
  readonly customerId: string | null;
  /** Set for a user's token, with the session it belongs to. */
  readonly user: {
    readonly id: string;
    readonly sessionId: string;
    /** Whether a second factor must be enrolled before anything but the account itself can be used. */
    readonly lacksMfa: boolean;
  } | null;
}

/** Who an answer is for. Presenters ask for it, so that a new route cannot forget what customers must not see. */
export type Audience = 'customer' | 'shop';

export function audienceOf({ customerId }: Pick<Caller, 'customerId'>): Audience {
  return customerId === null ? 'shop' : 'customer';
}
