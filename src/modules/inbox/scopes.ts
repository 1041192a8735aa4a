import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    'webhooks:write': true;
  }
}

defineScopes({
  'webhooks:write': { from: 'admin' },
});
