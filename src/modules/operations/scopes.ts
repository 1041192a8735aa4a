import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'operations:read': true;
    'operations:write': true;
  }
}

defineScopes({
  'operations:read': { from: 'admin' },
  'operations:write': { from: 'admin' },
});
