import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'balances:read': true;
    'balances:write': true;
  }
}

defineScopes({
  'balances:read': { from: 'customer' },
  'balances:write': { from: 'admin' },
});
