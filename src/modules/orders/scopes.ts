import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'orders:read': true;
    'orders:write': true;
  }
}

defineScopes({
  'orders:read': { from: 'customer' },
  'orders:write': { from: 'customer' },
});
