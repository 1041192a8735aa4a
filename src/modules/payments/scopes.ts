import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'payments:read': true;
    'payments:write': true;
  }
}

defineScopes({
  'payments:read': { from: 'customer' },
  'payments:write': { from: 'customer' },
});
