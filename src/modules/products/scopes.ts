import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'products:write': true;
  }
}

defineScopes({
  'products:write': { from: 'admin' },
});
