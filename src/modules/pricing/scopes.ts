import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'pricing:write': true;
  }
}

// Discounts are money.
defineScopes({
  'pricing:write': { from: 'admin' },
});
