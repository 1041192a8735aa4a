import { defineScopes } from '#ports/caller.js';

declare module '#ports/caller.js' {
  interface ScopeNames {
    admin: true;
  }
}

defineScopes({
  admin: { from: 'superadmin' },
});
